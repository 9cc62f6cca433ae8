namespace Penstock.Bench.Http;

/// <summary>Judges the body of one answer after another, so that only whole and right ones are counted.</summary>
internal interface IAnswer
{
    /// <summary>Events of this answer so far; a body that is not a stream has none.</summary>
    int Events { get; }

    /// <summary>Forgets the last answer.</summary>
    void Reset();

    /// <summary>Takes the next bytes of the body, without the transfer coding.</summary>
    void Feed(ReadOnlySpan<byte> body);

    /// <summary>What is wrong with the answer, now that it has ended; null when nothing is.</summary>
    string? Verdict();
}
