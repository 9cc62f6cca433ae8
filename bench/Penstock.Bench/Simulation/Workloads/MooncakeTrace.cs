using System.IO.Compression;
using System.Text.Json;

namespace Penstock.Bench.Simulation.Workloads;

/// <summary>
/// The conversation trace of Mooncake (<see href="https://github.com/kvcache-ai/Mooncake/tree/main/FAST25-release/traces"/>,
/// Apache-2.0), and which of its requests go on with an earlier one: it has all whole blocks of that one's prompt, more than
/// the block that all have in common, and is longer than its prompt and answer together.
/// </summary>
internal sealed class MooncakeTrace
{
    public const int BlockTokens = 512;

    private MooncakeTrace(IReadOnlyList<MooncakeRequest> requests)
    {
        Requests = requests;
        Follows = FindConversations(requests);
    }

    public IReadOnlyList<MooncakeRequest> Requests { get; }

    /// <summary>Of each, the one that it goes on with; -1: none.</summary>
    public IReadOnlyList<int> Follows { get; }

    /// <param name="path">A file of JSON lines, compressed with gzip.</param>
    public static MooncakeTrace Read(string path)
    {
        var requests = new List<MooncakeRequest>();
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0) requests.Add(JsonSerializer.Deserialize<MooncakeRequest>(line)!);
        }

        return new MooncakeTrace(requests);
    }

    public static MooncakeTrace Of(IReadOnlyList<MooncakeRequest> requests) => new(requests);

    private static int[] FindConversations(IReadOnlyList<MooncakeRequest> requests)
    {
        // By the number of their last whole block, which stands for all before it as well.
        var byEnd = new Dictionary<int, List<int>>();
        var follows = new int[requests.Count];
        for (var i = 0; i < requests.Count; i++)
        {
            follows[i] = FindParent(requests, byEnd, i);
            var whole = requests[i].InputTokens / BlockTokens;
            if (whole < 2) continue;
            var end = requests[i].HashIds[whole - 1];
            if (!byEnd.TryGetValue(end, out var same)) byEnd[end] = same = [];
            same.Add(i);
        }

        return follows;
    }

    private static int FindParent(IReadOnlyList<MooncakeRequest> requests, Dictionary<int, List<int>> byEnd, int index)
    {
        var request = requests[index];
        for (var block = request.HashIds.Length - 1; block >= 1; block--)
        {
            if (!byEnd.TryGetValue(request.HashIds[block], out var candidates)) continue;
            var parent = candidates.FindLastIndex(i => requests[i].Timestamp < request.Timestamp
                && requests[i].InputTokens / BlockTokens == block + 1
                && requests[i].InputTokens + requests[i].OutputTokens < request.InputTokens);
            if (parent >= 0) return candidates[parent];
        }

        return -1;
    }
}
