namespace Penstock.Telemetry;

/// <summary>The access log: a line a request, formatted on the stack and handed to the sink.</summary>
internal sealed class AccessLog(LogSink? sink, LogFormat format, TimeProvider time)
{
    // Ids, backends' names and error codes are short. The rest is the caller's, and may be as long as it likes and six
    // times as long when it is escaped: it is cut, so that it pushes no other field out of the line.
    private const int LongestLine = 2048;
    private const int LongestValue = 400;
    private const int LongestMethod = 32;

    public bool IsEnabled => sink is not null;

    public void Write(in AccessLogEntry entry)
    {
        if (sink is null) return;
        var line = new LogLine(stackalloc byte[LongestLine], format, time.GetUtcNow(), "info"u8);
        line.Event("access"u8);
        line.Text("id"u8, entry.RequestId);
        line.Text("method"u8, entry.Method, LongestMethod);
        line.Text("path"u8, entry.Path, LongestValue);
        line.Number("status"u8, entry.Status);
        if (!string.IsNullOrEmpty(entry.Error)) line.Text("error"u8, entry.Error);
        if (!string.IsNullOrEmpty(entry.Caller)) line.Text("caller"u8, entry.Caller, LongestValue);
        if (!string.IsNullOrEmpty(entry.Labels)) line.Text("labels"u8, entry.Labels, LongestValue);
        if (!string.IsNullOrEmpty(entry.Model)) line.Text("model"u8, entry.Model, LongestValue);
        if (!string.IsNullOrEmpty(entry.Backend)) line.Text("backend"u8, entry.Backend);
        if (entry.Attempts > 1) line.Number("attempts"u8, entry.Attempts);
        if (entry.FailedAttempts is not null) line.Text("failed"u8, entry.FailedAttempts, LongestValue);
        line.Milliseconds("latency_ms"u8, entry.Latency);
        if (entry.TimeToFirstToken is { } first) line.Milliseconds("ttft_ms"u8, first);
        if (entry.QueueTime > TimeSpan.Zero) line.Milliseconds("queue_ms"u8, entry.QueueTime);
        if (entry.PromptTokens is { } prompt) line.Number("prompt_tokens"u8, prompt);
        if (entry.CompletionTokens is { } completion) line.Number("completion_tokens"u8, completion);
        line.Number("bytes_in"u8, entry.BytesIn);
        line.Number("bytes_out"u8, entry.BytesOut);
        sink.Write(line.Finish());
    }
}
