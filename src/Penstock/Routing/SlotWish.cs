using System.Buffers.Text;
using Penstock.Protocol;

namespace Penstock.Routing;

/// <summary>What a call says of the slots of a server that has some (llama.cpp). The usual: nothing, and it takes one.</summary>
/// <param name="IsServers">Whether the server chooses, because the call takes several or because none can be named in it.</param>
/// <param name="Named">The one that its caller wants, which need not be there; null: any.</param>
internal readonly record struct SlotWish(bool IsServers, int? Named = null)
{
    /// <param name="json">The body that <paramref name="request"/> was parsed from.</param>
    /// <param name="request">The call.</param>
    /// <param name="isGeneration">Whether text is to be written: other endpoints do not know <c>id_slot</c>.</param>
    public static SlotWish Of(ReadOnlySpan<byte> json, in ChatRequest request, bool isGeneration)
    {
        // Each answer and each prompt has a slot of its own.
        if (!isGeneration || request.Prompts > 1 || request.Choices > 1 || request.BestOf > 1) return new SlotWish(IsServers: true);
        if (!request.SlotId.IsPresent) return default;
        var text = request.SlotId.Of(json);
        var isNumber = Utf8Parser.TryParse(text, out int slot, out var length) && length == text.Length;
        // -1 is how llama.cpp's own clients say any.
        return isNumber && slot >= 0 ? new SlotWish(IsServers: false, slot) : new SlotWish(IsServers: true);
    }
}
