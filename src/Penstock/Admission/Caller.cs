using Penstock.Admission.Limits;
using Penstock.Configuration;

namespace Penstock.Admission;

/// <summary>Who calls, and what it may: immutable, but for its <see cref="Meter"/>, which outlives it.</summary>
internal sealed class Caller
{
    /// <summary>The name of its credential; <c>anonymous</c> where the gateway is open.</summary>
    public required string Name { get; init; }

    /// <summary>The models that it may ask for.</summary>
    public ModelAccess Models { get; init; } = ModelAccess.All;

    public CallerPriority Priority { get; init; }

    /// <summary>As a JSON object; empty where there are none.</summary>
    public string Labels { get; init; } = "";

    /// <summary>From when on its credential is not good any more; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>What it has used and may use; null: it has no limits.</summary>
    public Meter? Meter { get; init; }
}
