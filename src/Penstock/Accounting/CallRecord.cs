using System.Diagnostics;
using Penstock.Protocol;

namespace Penstock.Accounting;

/// <summary>
/// One request, from its arrival to its settlement: filled in by whoever learns something, read once, at the end.
/// Times are timestamps of the gateway's <see cref="TimeProvider"/>; 0 where the moment has not come.
/// </summary>
internal sealed class CallRecord
{
    public required string RequestId { get; init; }
    public required string Method { get; init; }
    public required string Path { get; init; }

    /// <summary>The route, like <c>/v1/chat/completions</c>.</summary>
    public required string Endpoint { get; init; }

    public required long ArrivedAt { get; init; }

    /// <summary>The span of the request; null while nobody traces.</summary>
    public Activity? Span { get; set; }

    /// <summary>Who calls.</summary>
    public string Caller { get; set; } = "";

    /// <summary>The caller's labels as a JSON object; empty where it has none.</summary>
    public string Labels { get; set; } = "";

    /// <summary>The model as the configuration knows it; empty before it is resolved.</summary>
    public string Model { get; set; } = "";

    /// <summary>The model as the caller wrote it; null where it wrote none.</summary>
    public string? RequestedModel { get; set; }

    /// <summary>The model that was asked last, which a fallback makes another one than <see cref="Model"/>; empty where none was.</summary>
    public string ModelAnswered { get; set; } = "";

    /// <summary>Who answered, or was asked last; empty where nobody was.</summary>
    public string Backend { get; set; } = "";

    /// <summary>The HTTP status that the caller got; 499 where it left before it had its answer.</summary>
    public int Status { get; set; }

    /// <summary>The code of the error; null where the caller got a whole answer.</summary>
    public string? Error { get; set; }

    public TokenUsage? Usage { get; set; }

    /// <summary>
    /// The events of a stream that brought content. With most servers each is a token: what was used, as far as that can be
    /// known of a stream that ends before its server has said it.
    /// </summary>
    public long ContentEvents { get; set; }

    /// <summary>How many tokens the prompt is expected to have.</summary>
    public long PromptEstimate { get; set; }

    /// <summary>How many it is likely to need in all, its answer included; not what its <c>max_tokens</c> would allow.</summary>
    public long TokenEstimate { get; set; }

    /// <summary>Whether the answer is text that a model writes.</summary>
    public bool IsGeneration { get; set; }

    /// <summary>Whether the caller wants a stream.</summary>
    public bool IsStreamed { get; set; }

    /// <summary>What was used, by a server's word or as an estimate; set when the call ends.</summary>
    public TokenUsage Used { get; private set; }

    /// <summary>What the call has cost, in 1e-12 USD; set when it ends.</summary>
    public long CostPico { get; set; }

    public long BytesIn { get; set; }
    public long BytesOut { get; set; }

    /// <summary>When the request was sent to the backend, last.</summary>
    public long SentAt { get; set; }

    /// <summary>When the first part of the answer that the caller will see had come from the backend.</summary>
    public long AnsweredAt { get; set; }

    /// <summary>When the answer, or its first part, was handed to the caller's connection.</summary>
    public long RelayedAt { get; set; }

    /// <summary>When the first and the last content of a stream came.</summary>
    public long FirstTokenAt { get; set; }

    public long LastTokenAt { get; set; }

    /// <summary>How many attempts have ended, and how those went that failed: <c>gpu-a:timeout,gpu-b:status</c>; null where none did.</summary>
    public int Attempts { get; private set; }

    public string? FailedAttempts { get; private set; }

    /// <summary>How long the caller's body took to come.</summary>
    public TimeSpan BodyTime { get; set; }

    /// <summary>How long the call stood in line for a seat.</summary>
    public TimeSpan QueueTime { get; set; }

    /// <summary>Finds out what was used: what a server says, else what has passed.</summary>
    public void CountUsed()
    {
        if (Usage is { } said)
        {
            Used = new TokenUsage(Sane(said.PromptTokens), Sane(said.CompletionTokens), Sane(said.CachedTokens ?? 0), Sane(said.ReasoningTokens));
            return;
        }

        // A server that failed and said nothing has done nothing that anybody could use. Who leaves has made it work.
        if (SentAt == 0 || (Error is not null and not CallerGone && ContentEvents == 0)) return;
        var isWhole = Error is null && IsGeneration && !IsStreamed;
        Used = new TokenUsage(PromptEstimate, isWhole ? Math.Max(ContentEvents, BytesOut / BytesPerToken) : ContentEvents);
    }

    // More than that is a server's nonsense, which must not overflow anybody's sums.
    private static long Sane(long tokens) => Math.Min(tokens, 1_000_000_000_000);

    /// <summary>A backend is being asked.</summary>
    public void NoteSent(string backend, string model, long sentAt)
    {
        Backend = backend;
        ModelAnswered = model;
        SentAt = sentAt;
    }

    /// <summary>An attempt has ended.</summary>
    /// <param name="backend">Who was asked.</param>
    /// <param name="failure">How it failed; null where it did not.</param>
    public void NoteAttempt(string backend, string? failure)
    {
        Attempts++;
        if (failure is not null) FailedAttempts = FailedAttempts is null ? $"{backend}:{failure}" : $"{FailedAttempts},{backend}:{failure}";
    }

    /// <summary>The caller has left before it had its answer.</summary>
    public void Abandon()
    {
        Status = CallerGoneStatus;
        Error = CallerGone;
    }

    // Of an answer that does not say what it used.
    private const int BytesPerToken = 4;

    /// <summary>nginx's number for a client that closed the connection.</summary>
    public const int CallerGoneStatus = 499;

    public const string CallerGone = "caller_gone";
}
