using System.Net;
using Penstock.Server.Mock.Engines;

namespace Penstock.Server.Mock;

/// <summary>What a mock inference server is asked to do.</summary>
internal sealed record MockOptions
{
    public required IPAddress Address { get; init; }

    /// <summary>The port to listen on; 0 picks a free one.</summary>
    public required int Port { get; init; }

    public string Content { get; init; } = "Mock";

    /// <summary>How many tokens the content is: more than its words repeat them. Null: its words.</summary>
    public int? Tokens { get; init; }

    /// <summary>The time until the first byte of an answer.</summary>
    public TimeSpan TimeToFirstToken { get; init; }

    public TimeSpan TokenInterval { get; init; }

    /// <summary>The error status of every completion; null: completions succeed.</summary>
    public int? Status { get; init; }

    /// <summary>The share of completions that fail with a 500, from 0 to 1.</summary>
    public double FailRate { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>The server that it behaves as; null: none, it says its content at its pace.</summary>
    public MockEngine? Engine { get; init; }

    /// <summary>How many times faster than the engine's own time.</summary>
    public double Speed { get; init; } = 1;
}
