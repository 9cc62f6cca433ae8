using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>How far a streamed answer has come, whoever has sent which part of it.</summary>
internal sealed class StreamProgress(ForwardedCall call, TimeProvider time) : IDisposable
{
    private UInt128 _choices;
    private UInt128 _finishedChoices;
    private AnswerTimings? _timings;

    /// <summary><c>[DONE]</c> has come, or what ends a stream on this route.</summary>
    public bool IsDone { get; set; }

    /// <summary>The server itself has reported an error in the stream.</summary>
    public bool HasError { get; private set; }

    /// <summary>Whether the caller has been told whose words these are.</summary>
    public bool HasRole { get; private set; }

    /// <summary>The id of the first chunk as a JSON token; null where the gateway sets ids itself, or there was none.</summary>
    public byte[]? Id { get; private set; }

    /// <summary>What was said; null where nobody is going to need it.</summary>
    public StreamText? Text { get; } = call.Settings.Rescue && call.Shape.IsChunked() ? new StreamText() : null;

    /// <summary>Whether the events are chunks of completions.</summary>
    public bool IsChunked { get; } = call.Shape.IsChunked();

    /// <summary>Every choice that was asked for or that began has its <c>finish_reason</c>: nothing is missing but formalities.</summary>
    public bool IsFinished => _finishedChoices == _choices && (int)UInt128.PopCount(_finishedChoices) >= call.Body.Choices;

    /// <summary>The choices that the caller has been told the end of.</summary>
    public UInt128 FinishedChoices => _finishedChoices;

    /// <summary>Whether a body that ends here is an answer: finished, or of a route that has no mark for its end.</summary>
    public bool NeedsNothing => call.Shape switch
    {
        AnswerShape.Chat or AnswerShape.Completion => IsFinished,
        AnswerShape.Response => IsDone,
        _ => true,
    };

    /// <summary>Takes note of what goes to the caller.</summary>
    public void Note(ReadOnlySpan<byte> data, in AnswerFacts facts)
    {
        var record = call.Record;
        _timings ??= facts.Timings;
        // llama.cpp may say what it had in its cache in a chunk before the one with the usage.
        if (facts.Usage is { } usage) record.Usage = usage.CachedTokens > 0 ? usage : usage with { CachedTokens = _timings?.CachedTokens ?? usage.CachedTokens };
        if (IsChunked && facts.Error.IsPresent)
        {
            // The caller does not see it, if somebody else goes on: its text and its end are no part of the answer.
            HasError = true;
            return;
        }

        _choices |= facts.Choices;
        _finishedChoices |= facts.FinishedChoices;
        HasError |= facts.Error.IsPresent;
        HasRole |= facts.HasRole;
        if (facts.Type.IsPresent && !IsChunked) NoteType(facts.Type.Of(data));
        if (Id is null && !call.OwnsFields && Text is not null && facts.Id.IsPresent) Id = facts.Id.Of(data).ToArray();
        if (!facts.HasContent) return;
        Text?.Add(data, facts);
        if (IsChunked) call.Conversation?.Answer(data, facts);
        record.ContentEvents++;
        record.LastTokenAt = time.GetTimestamp();
        if (record.FirstTokenAt == 0) record.FirstTokenAt = record.LastTokenAt;
    }

    /// <summary>Somebody else goes on: what the last one said about an error is not the last word.</summary>
    public void GoOn() => HasError = IsDone = false;

    public void Dispose() => Text?.Dispose();

    // Streams of the responses API have no [DONE]: one of three events ends them, and without it they are cut off.
    private void NoteType(ReadOnlySpan<byte> type)
    {
        if (type.SequenceEqual("\"error\""u8)) HasError = true;
        IsDone |= type.SequenceEqual("\"response.completed\""u8) || type.SequenceEqual("\"response.incomplete\""u8)
            || type.SequenceEqual("\"response.failed\""u8);
    }
}
