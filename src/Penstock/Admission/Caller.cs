namespace Penstock.Admission;

/// <summary>Who calls, as far as the gateway knows.</summary>
/// <param name="Name">The name of its credential; <c>anonymous</c> where the gateway is open.</param>
internal sealed record Caller(string Name)
{
    public static Caller Anonymous { get; } = new("anonymous");

    /// <summary>Whoever carries the one key of <c>API_KEY</c>.</summary>
    public static Caller KeyHolder { get; } = new("api-key");
}
