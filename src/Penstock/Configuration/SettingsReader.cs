namespace Penstock.Configuration;

/// <summary>Reads how calls are treated: at the root of the file for all models, and in a model for itself.</summary>
internal static class SettingsReader
{
    /// <summary>What the scope says, and where it says nothing what holds without it.</summary>
    public static ModelSettings Read(YamlScope scope, ModelSettings otherwise) => new()
    {
        FirstTokenTimeout = scope.Seconds("first_token_timeout") ?? otherwise.FirstTokenTimeout,
        HedgeAfter = ReadHedgeAfter(scope, otherwise.HedgeAfter),
        Keepalive = scope.Seconds("keepalive") ?? otherwise.Keepalive,
        Rescue = scope.Choice("rescue", ConfigWords.Switch) ?? otherwise.Rescue,
        OnDisconnect = scope.Choice("on_disconnect", ConfigWords.OnDisconnects) ?? otherwise.OnDisconnect,
        DrainTimeout = scope.Seconds("drain_timeout") ?? otherwise.DrainTimeout,
        Stickiness = scope.SecondsOrOff("stickiness") ?? otherwise.Stickiness,
        Queue = QueueReader.Read(scope.Mapping("queue"), otherwise.Queue),
        ExpectedOutputTokens = (int?)scope.Integer("expected_output_tokens", 1, 10_000_000) ?? otherwise.ExpectedOutputTokens,
    };

    // A model can be left out of what the root turns on for all.
    private static TimeSpan? ReadHedgeAfter(YamlScope scope, TimeSpan? otherwise)
    {
        if (scope.SecondsOrOff("hedge_after") is not { } time) return otherwise;
        return time == TimeSpan.Zero ? null : time;
    }
}
