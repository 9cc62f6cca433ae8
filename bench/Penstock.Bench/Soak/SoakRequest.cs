using System.Buffers.Text;
using Penstock.Bench.Upstream;

namespace Penstock.Bench.Soak;

/// <summary>What an upstream of the soak needs to know of a request.</summary>
internal readonly record struct SoakRequest
{
    public bool IsCompletion { get; private init; }

    public bool IsStreamed { get; private init; }

    public bool WantsUsage { get; private init; }

    /// <summary>The request's number, the same in every try at it.</summary>
    public int Number { get; private init; }

    /// <summary>Words that stand in the request already, because it is to be continued.</summary>
    public int Said { get; private init; }

    /// <returns>Whether the request is complete.</returns>
    public static bool TryParse(ReadOnlySpan<byte> data, out SoakRequest request, out int length)
    {
        var call = ChatCall.Parse(data);
        length = call.Length;
        var bytes = data[..length];
        request = new SoakRequest
        {
            IsCompletion = call.IsPost,
            IsStreamed = call.Streamed,
            WantsUsage = call.WantsUsage,
            Number = NumberBehind(bytes, "soak-"u8, bytes.IndexOf("soak-"u8)),
            Said = SaidIn(bytes),
        };
        return length > 0;
    }

    // The gateway appends what was said as the last message, an assistant's; callers of the soak send none.
    private static int SaidIn(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf("\"assistant\""u8) < 0 ? 0 : NumberBehind(bytes, "w"u8, bytes.LastIndexOf("w"u8));

    private static int NumberBehind(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> mark, int at) =>
        at >= 0 && Utf8Parser.TryParse(bytes[(at + mark.Length)..], out int number, out _) ? number : 0;
}
