using System.Text.Json.Serialization;

namespace Penstock.Bench.Simulation.Workloads;

/// <summary>A line of the trace.</summary>
internal sealed record MooncakeRequest
{
    /// <summary>Milliseconds since the trace's beginning, in steps of three seconds.</summary>
    [JsonPropertyName("timestamp")]
    public double Timestamp { get; init; }

    [JsonPropertyName("input_length")]
    public int InputTokens { get; init; }

    [JsonPropertyName("output_length")]
    public int OutputTokens { get; init; }

    /// <summary>A number for each 512 tokens of the prompt and all before them; the last may stand for fewer.</summary>
    [JsonPropertyName("hash_ids")]
    public required int[] HashIds { get; init; }
}
