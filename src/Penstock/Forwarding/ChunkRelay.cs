using System.Buffers;
using System.IO.Pipelines;
using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>
/// Takes the events of one stream, one by one: notes what they say, edits what is the gateway's and writes them on.
/// It knows at any moment whether the stream has said all that it had to say.
/// </summary>
internal sealed class ChunkRelay(ForwardedCall call, Attempt attempt, PipeWriter output, TimeProvider time)
{
    private readonly AnswerEdits? _edits = call.OwnsFields ? new AnswerEdits(call.Record.RequestId, attempt.Backend.NameToken) : null;
    private readonly bool _hidesUsage = attempt.AskedForUsage;
    private UInt128 _choices;
    private UInt128 _finishedChoices;

    /// <summary><c>[DONE]</c> has come, or what ends a stream on this route.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The server itself has reported an error in the stream.</summary>
    public bool HasError { get; private set; }

    /// <summary>Whether nothing that comes after this is to be passed on.</summary>
    public bool IsOver => IsDone || HasError || HasNonsense;

    /// <summary>Every choice that was asked for or that began has its <c>finish_reason</c>: nothing is missing but formalities.</summary>
    public bool IsFinished => _finishedChoices == _choices && (int)UInt128.PopCount(_finishedChoices) >= call.Body.Choices;

    /// <summary>
    /// An event came that is no chunk and no part of one that the end of the body cut off. What it should have said is
    /// missing, so the answer cannot become whole any more.
    /// </summary>
    public bool HasNonsense { get; private set; }

    /// <summary>Whether a body that ends here is an answer: finished, or of a route that has no mark for its end.</summary>
    public bool NeedsNothing => call.Shape switch
    {
        AnswerShape.Chat or AnswerShape.Completion => IsFinished,
        AnswerShape.Response => IsDone,
        _ => true,
    };

    /// <summary>Whether something was written since the last flush.</summary>
    public bool HasUnsent { get; private set; }

    private bool IsChunked => call.Shape is AnswerShape.Chat or AnswerShape.Completion;

    /// <summary>Takes an event.</summary>
    /// <param name="buffer">What the event's places refer to.</param>
    /// <param name="found">The event.</param>
    /// <param name="isTerminated">Whether its blank line is there; at the end of a body it may be missing, and is added.</param>
    public void Take(ReadOnlySpan<byte> buffer, in SseEvent found, bool isTerminated)
    {
        var raw = found.Raw.Of(buffer);
        if (found.DataLines == 0)
        {
            if (isTerminated) Write(raw);
            return;
        }

        var data = found.DataOf(buffer);
        if (SseEvent.IsDone(data))
        {
            IsDone = true;
            Write(raw);
            if (!isTerminated) Write("\n\n"u8);
            return;
        }

        if (!AnswerScanner.TryScan(data, out var facts))
        {
            // Other routes may send any text. What is empty, as a sign of life, misses nothing.
            if (isTerminated && !IsChunked) Write(raw);
            else if (isTerminated && !data.Trim(" \t\r\n"u8).IsEmpty) HasNonsense = true;
            return;
        }

        Note(data, facts);
        if (_hidesUsage && facts is { HasChoices: true, ChoiceCount: 0, Usage: not null }) return;
        if (_edits is not null && !facts.Error.IsPresent) WriteEdited(raw, data, found, _edits.For(facts));
        else Write(raw);
        if (!isTerminated) Write("\n\n"u8);
    }

    /// <summary>Ends the stream as complete, where its own end is missing.</summary>
    public void Finish()
    {
        if (IsChunked && !IsDone) Write("data: [DONE]\n\n"u8);
    }

    /// <summary>Ends the stream as failed: an error event, and no <c>[DONE]</c>.</summary>
    public void Fail(ApiError error)
    {
        Write("data: "u8);
        Write(error.ToJson());
        Write("\n\n"u8);
    }

    /// <summary>Sends what was written. Waits while the caller does not take it.</summary>
    public ValueTask<FlushResult> FlushAsync()
    {
        HasUnsent = false;
        return output.FlushAsync();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(output.GetSpan(bytes.Length));
        Advance(bytes.Length);
    }

    private void Advance(int count)
    {
        output.Advance(count);
        call.Record.BytesOut += count;
        HasUnsent = true;
    }

    private void Note(ReadOnlySpan<byte> data, in AnswerFacts facts)
    {
        var record = call.Record;
        if (facts.Usage is { } usage) record.Usage = usage;
        _choices |= facts.Choices;
        _finishedChoices |= facts.FinishedChoices;
        if (facts.Error.IsPresent) HasError = true;
        if (facts.Type.IsPresent && !IsChunked) NoteType(facts.Type.Of(data));
        if (!facts.HasContent) return;
        record.LastTokenAt = time.GetTimestamp();
        if (record.FirstTokenAt == 0) record.FirstTokenAt = record.LastTokenAt;
    }

    // Streams of the responses API have no [DONE]: one of three events ends them, and without it they are cut off.
    private void NoteType(ReadOnlySpan<byte> type)
    {
        if (type.SequenceEqual("\"error\""u8)) HasError = true;
        IsDone |= type.SequenceEqual("\"response.completed\""u8) || type.SequenceEqual("\"response.incomplete\""u8)
            || type.SequenceEqual("\"response.failed\""u8);
    }

    private void WriteEdited(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> data, in SseEvent found, in Splice splice)
    {
        if (found.DataLines > 1)
        {
            var edited = new byte[data.Length + splice.Growth];
            splice.CopyTo(data, edited);
            var rewritten = new ArrayBufferWriter<byte>(raw.Length + edited.Length);
            SseData.Rewrite(raw, edited, rewritten);
            Write(rewritten.WrittenSpan);
            return;
        }

        // The event goes out as it came, line ends and other fields included: only its data is edited in place.
        var before = found.Data.Start - found.Raw.Start;
        var span = output.GetSpan(raw.Length + splice.Growth);
        raw[..before].CopyTo(span);
        splice.CopyTo(data, span[before..]);
        raw[(before + data.Length)..].CopyTo(span[(before + data.Length + splice.Growth)..]);
        Advance(raw.Length + splice.Growth);
    }
}
