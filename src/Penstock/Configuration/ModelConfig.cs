namespace Penstock.Configuration;

/// <summary>One entry of <c>models</c>: what callers ask for, and who may answer.</summary>
internal sealed record ModelConfig
{
    /// <summary>What callers ask for, and what backends without a <c>model</c> of their own are asked for. A <c>*</c> stands for any characters.</summary>
    public required string Name { get; init; }

    /// <summary>The names of the backends that may answer: its pool.</summary>
    public required IReadOnlyList<string> Backends { get; init; }

    /// <summary>How one of the pool is chosen; null: as suits its backends.</summary>
    public PickerPolicy? Policy { get; init; }

    /// <summary>Models or backends that are tried, in this order, when the pool cannot answer.</summary>
    public IReadOnlyList<string> Fallbacks { get; init; } = [];

    /// <summary>Other names of it.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>How much of it all callers together may use; null: as much as they like.</summary>
    public LimitsConfig? Limits { get; init; }

    public ModelSettings Settings { get; init; } = new();
}
