using System.Text.Json;

namespace Penstock.Backends.Http.Engines;

/// <summary>What llama.cpp answers to <c>GET /props</c>, as far as it is of use.</summary>
/// <param name="TotalSlots">How many calls it works on at the same time.</param>
/// <param name="IsSleeping">Whether it has put its model away, which a question for its slots would bring back.</param>
internal readonly record struct LlamaCppProps(int TotalSlots, bool IsSleeping)
{
    /// <summary>Reads it; null where it is not what llama.cpp would say.</summary>
    public static LlamaCppProps? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            var (slots, isSleeping) = (0, false);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isSlots, isSleep) = (reader.ValueTextEquals("total_slots"u8), reader.ValueTextEquals("is_sleeping"u8));
                reader.Read();
                if (isSlots && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var count)) slots = count;
                else if (isSleep) isSleeping = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }

            return slots > 0 ? new LlamaCppProps(slots, isSleeping) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
