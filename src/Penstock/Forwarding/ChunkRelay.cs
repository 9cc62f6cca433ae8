using System.Buffers;
using System.IO.Pipelines;
using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>
/// Takes the events of a stream, one by one: has them noted, edits what is the gateway's and writes them on. When
/// another server goes on with the answer, what it says is fitted to what was said before.
/// </summary>
internal sealed class ChunkRelay(ForwardedCall call, StreamProgress progress, PipeWriter output)
{
    private Attempt? _attempt;
    private AnswerEdits? _edits;
    private ChunkRewriter? _rewriter;
    private bool _hidesUsage;
    private byte[]? _errorEvent;

    /// <summary>Events that were no chunk, and were left out.</summary>
    public int Dropped { get; private set; }

    /// <summary>A second answer is not the one that was begun.</summary>
    public bool IsDifferent { get; private set; }

    /// <summary>Whether nothing that comes after this is to be passed on.</summary>
    public bool IsOver => progress.IsDone || progress.HasError || IsDifferent;

    /// <summary>Whether something was written since the last flush.</summary>
    public bool HasUnsent { get; private set; }

    /// <summary>Whether what comes is noted and not written: the caller has left.</summary>
    public bool IsMuted { get; set; }

    /// <summary>From here on the events are those of this attempt.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="rewriter">Fits them to what was said before; null for the first one.</param>
    public void Begin(Attempt attempt, ChunkRewriter? rewriter)
    {
        if (rewriter is not null) progress.GoOn();
        _attempt = attempt;
        _edits = call.OwnsFields ? new AnswerEdits(call.Record.RequestId, attempt.Backend.NameToken) : null;
        _rewriter = rewriter;
        _hidesUsage = attempt.AskedForUsage;
        _errorEvent = null;
        IsDifferent = false;
    }

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
            // A second answer that ends before it has said what was said already is another one.
            if (_rewriter is { IsCaughtUp: false })
            {
                IsDifferent = true;
                return;
            }

            progress.IsDone = true;
            Write(raw);
            if (!isTerminated) Write("\n\n"u8);
            return;
        }

        if (!AnswerScanner.TryScan(data, out var facts))
        {
            // Other routes may send any text. A chunk that cannot be read would break the caller's reader, and one that
            // the end of the body cut off is missing from the answer anyhow.
            if (isTerminated && !progress.IsChunked) Write(raw);
            else if (isTerminated && !data.Trim(" \t\r\n"u8).IsEmpty) Dropped++;
            return;
        }

        if (facts.Timings is { } timings) _attempt!.Timings = timings;
        if (_rewriter is null || facts.Error.IsPresent) Take(data, facts, raw, found, isTerminated);
        else TakeRewritten(data, facts);
    }

    /// <summary>Ends the stream as complete, where its own end is missing.</summary>
    public void Finish()
    {
        if (progress.IsChunked && !progress.IsDone) Write("data: [DONE]\n\n"u8);
    }

    /// <summary>Ends the stream as failed: the server's own error event or the gateway's, and no <c>[DONE]</c>.</summary>
    public void Fail(ApiError error)
    {
        if (_errorEvent is not null)
        {
            Write(_errorEvent);
            return;
        }

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

    private void Take(ReadOnlySpan<byte> data, in AnswerFacts facts, ReadOnlySpan<byte> raw, in SseEvent found, bool isTerminated)
    {
        progress.Note(data, facts);
        if (progress.HasError && progress.IsChunked)
        {
            // Somebody else may still go on; then nobody needs to know.
            _errorEvent = isTerminated ? raw.ToArray() : [.. raw, .. "\n\n"u8];
            return;
        }

        if (_hidesUsage && facts.IsUsageOnly) return;
        if (_edits is not null && !facts.Error.IsPresent) WriteEdited(raw, data, found, _edits.For(facts));
        else Write(raw);
        if (!isTerminated) Write("\n\n"u8);
    }

    private void TakeRewritten(ReadOnlySpan<byte> data, in AnswerFacts facts)
    {
        if (!_rewriter!.TryRewrite(data, facts, out var rewritten))
        {
            IsDifferent = true;
            return;
        }

        if (rewritten.Length == 0) return;
        if (!AnswerScanner.TryScan(rewritten, out var fresh))
        {
            // It cannot be read any more, which would be a defect of the rewriter's: better no answer than a part of it.
            IsDifferent = true;
            return;
        }

        // The end of a choice that has been told is not told again.
        var isToldAgain = fresh.FinishedChoices != 0 && (fresh.FinishedChoices & ~progress.FinishedChoices) == 0;
        if (isToldAgain && !fresh.HasContent && fresh.Usage is null) return;
        progress.Note(rewritten, fresh);
        if (_hidesUsage && fresh.IsUsageOnly) return;
        // It may have come in several lines.
        WriteLines([], rewritten, _edits?.For(fresh) ?? new Splice());
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (IsMuted) return;
        bytes.CopyTo(output.GetSpan(bytes.Length));
        Advance(bytes.Length);
    }

    private void Advance(int count)
    {
        if (IsMuted) return;
        output.Advance(count);
        call.Record.BytesOut += count;
        HasUnsent = true;
    }

    private void WriteEdited(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> data, in SseEvent found, in Splice splice)
    {
        if (IsMuted) return;
        if (found.DataLines > 1)
        {
            WriteLines(raw, data, splice);
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

    // Lays an event's data out anew, as many lines as it has; the event's other lines stay.
    private void WriteLines(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> data, in Splice splice)
    {
        var edited = new byte[data.Length + splice.Growth];
        splice.CopyTo(data, edited);
        var lines = new ArrayBufferWriter<byte>(raw.Length + edited.Length + 16);
        SseData.Rewrite(raw, edited, lines);
        Write(lines.WrittenSpan);
    }
}
