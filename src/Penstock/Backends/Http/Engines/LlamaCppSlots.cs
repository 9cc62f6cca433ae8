using System.Text.Json;

namespace Penstock.Backends.Http.Engines;

/// <summary>Reads what llama.cpp answers to <c>GET /slots</c>.</summary>
internal static class LlamaCppSlots
{
    // A server has a handful.
    private const int MostSlots = 4096;

    /// <summary>The slots in the order of their ids; null where it is not what llama.cpp would say.</summary>
    public static IReadOnlyList<SlotReading>? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) return null;
            var slots = new List<SlotReading>();
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                if (slots.Count == MostSlots || ReadSlot(ref reader) is not { } slot) return null;
                slots.Add(slot);
            }

            if (reader.TokenType != JsonTokenType.EndArray) return null;
            slots.Sort((one, other) => one.Id.CompareTo(other.Id));
            return slots;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static SlotReading? ReadSlot(ref Utf8JsonReader reader)
    {
        var (id, context) = (-1, 0);
        bool? isProcessing = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("id"u8);
            var isContext = reader.ValueTextEquals("n_ctx"u8);
            var isProcess = reader.ValueTextEquals("is_processing"u8);
            reader.Read();
            if (isId && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number)) id = number;
            else if (isContext && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var tokens)) context = Math.Max(tokens, 0);
            else if (isProcess && reader.TokenType is JsonTokenType.True or JsonTokenType.False) isProcessing = reader.TokenType == JsonTokenType.True;
            reader.Skip();
        }

        return id >= 0 && isProcessing is { } works ? new SlotReading(id, works, context) : null;
    }
}
