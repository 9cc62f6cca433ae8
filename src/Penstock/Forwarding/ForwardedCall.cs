using Penstock.Accounting;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>A request that has been let in and routed: what the attempts at it have in common.</summary>
internal sealed class ForwardedCall
{
    public required CallRecord Record { get; init; }
    public required Pool Pool { get; init; }

    /// <summary>The path with its query, as backends are to see it.</summary>
    public required string Path { get; init; }

    public required ForwardedBody Body { get; init; }
    public required AnswerShape Shape { get; init; }

    /// <summary>Whether <c>id</c> and <c>backend</c> in the answer are the gateway's.</summary>
    public required bool OwnsFields { get; init; }

    /// <summary>The caller's end-to-end headers.</summary>
    public required List<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The caller's <c>Authorization</c>, where the gateway has no key of its own to check.</summary>
    public string? Authorization { get; init; }

    /// <summary>Fires when the caller has left.</summary>
    public required CancellationToken CallerGone { get; init; }

    /// <summary>Fires when the gateway stops and can wait no longer.</summary>
    public required CancellationToken ShutDown { get; init; }
}
