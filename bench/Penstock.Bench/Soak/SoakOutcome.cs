namespace Penstock.Bench.Soak;

/// <summary>How a call of the soak ended.</summary>
internal enum SoakOutcome
{
    /// <summary>All 60 words, once, and all that belongs to them.</summary>
    Whole,

    /// <summary>An error status with an error object, or a stream that ends in an error event and not in <c>[DONE]</c>.</summary>
    ClearError,

    /// <summary>The caller left on purpose.</summary>
    Left,

    /// <summary>It did not end in time, or the connection broke without a word.</summary>
    Unanswered,

    /// <summary>It looked complete and was not, or was not what was asked for.</summary>
    Wrong,
}
