using System.Diagnostics.CodeAnalysis;

namespace Penstock.Storage;

/// <summary>What came of something that was asked of the store.</summary>
/// <param name="Value">What it said; nothing where it failed.</param>
/// <param name="Fault">Why it failed, if it did.</param>
/// <param name="Message">The same for people; null where it did not fail.</param>
internal readonly record struct StoreAnswer<T>(T? Value, StoreFault Fault, string? Message)
{
    public bool IsDone => Fault == StoreFault.None;

    /// <summary>The value, where there is one.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T value)
    {
        value = Value;
        return IsDone;
    }
}
