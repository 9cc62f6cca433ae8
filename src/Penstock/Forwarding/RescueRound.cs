namespace Penstock.Forwarding;

/// <summary>Who can still be asked to finish a call's broken answer: to go on with it, and to say it again.</summary>
internal sealed class RescueRound(ForwardedCall call)
{
    public ForwardedCall Call => call;

    /// <summary>For going on: backends that can do that.</summary>
    public Failover ToContinue { get; } = new(call, isRescue: true);

    public Failover ToReplay { get; } = new(call, isRescue: true);
}
