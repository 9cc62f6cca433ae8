using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>
/// The events of a stream before its first content. They say that an answer has been promised, which is not yet an
/// answer; so they are looked at and kept, and the caller sees them together with the content, or never.
/// </summary>
internal struct StreamOpening(AnswerShape shape)
{
    // Openings are one event or two. A server that sends more than this has something to say that is not known here.
    private const int LongestHeld = 32;

    private int _events;
    private bool _hasChunk;
    private bool _isFinished;

    /// <summary>Whether it is known what this is: an answer, an error or nonsense.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The error that came in place of an answer, as JSON.</summary>
    public byte[]? Error { get; private set; }

    /// <summary>What came instead of an answer, in words.</summary>
    public string? Nonsense { get; private set; }

    private readonly bool IsChunked => shape.IsChunked();

    public void Take(ReadOnlySpan<byte> buffer, in SseEvent found)
    {
        if (found.DataLines == 0) return;
        var data = found.DataOf(buffer);
        if (SseEvent.IsDone(data))
        {
            _isFinished = true;
            Decide();
            return;
        }

        if (!AnswerScanner.TryScan(data, out var facts))
        {
            if (IsChunked && data.Trim(" \t\r\n"u8).IsEmpty) return;
            if (IsChunked && !_hasChunk) Nonsense = "an event that is no JSON object";
            IsOver = !IsChunked || !_hasChunk;
            return;
        }

        // In a chunk an error is one whatever else is in it; an answer of the responses API may have one and be an answer.
        // One of its own events says so.
        if (facts.IsError || (IsChunked && facts.Error.IsPresent) || (shape == AnswerShape.Response && facts.Type.Of(data).SequenceEqual("\"error\""u8)))
        {
            Error = data.ToArray();
            IsOver = true;
            return;
        }

        _hasChunk = true;
        IsOver = SaysSomething(data, facts) || ++_events >= LongestHeld;
    }

    /// <summary>The body has ended.</summary>
    public void End()
    {
        if (!IsOver) Decide();
    }

    private void Decide()
    {
        IsOver = true;
        if (!_hasChunk && !_isFinished) Nonsense = "a stream without a single event";
        else if (IsChunked) Nonsense = "a stream without any content";
    }

    private readonly bool SaysSomething(ReadOnlySpan<byte> data, in AnswerFacts facts) => shape switch
    {
        // A finish without content is an answer, too: of nothing.
        AnswerShape.Chat or AnswerShape.Completion => facts.HasContent || facts.FinishedChoices != 0
            || !facts.HasChoices || facts.IsUsageOnly,
        AnswerShape.Response => !IsPrelude(facts.Type.Of(data)),
        _ => true,
    };

    private static bool IsPrelude(ReadOnlySpan<byte> type) => type.SequenceEqual("\"response.created\""u8)
        || type.SequenceEqual("\"response.in_progress\""u8) || type.SequenceEqual("\"response.queued\""u8);
}
