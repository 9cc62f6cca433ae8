using System.Buffers.Text;
using System.Text.Json;

namespace Penstock.Backends.Http.Engines;

/// <summary>What llama.cpp answers to <c>GET /props</c>, as far as it is of use.</summary>
/// <param name="TotalSlots">How many calls it works on at the same time.</param>
/// <param name="IsSleeping">Whether it has put its model away, which a question for its slots would bring back.</param>
/// <param name="KeepsPrompts">Whether it is of a build that keeps the prompts of slots in RAM (<c>--cache-ram</c>), unless it was told not to.</param>
internal readonly record struct LlamaCppProps(int TotalSlots, bool IsSleeping, bool KeepsPrompts)
{
    // Builds are counted: the cache came in October 2025, and is on by default.
    private const int FirstThatKeeps = 6730;

    /// <summary>Reads it; null where it is not what llama.cpp would say.</summary>
    public static LlamaCppProps? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            var (slots, isSleeping, keeps) = (0, false, false);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isSlots, isSleep) = (reader.ValueTextEquals("total_slots"u8), reader.ValueTextEquals("is_sleeping"u8));
                var isBuild = reader.ValueTextEquals("build_info"u8);
                reader.Read();
                if (isSlots && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var count)) slots = count;
                else if (isSleep) isSleeping = reader.TokenType == JsonTokenType.True;
                else if (isBuild && reader.TokenType == JsonTokenType.String) keeps = BuildOf(reader.ValueSpan) >= FirstThatKeeps;
                reader.Skip();
            }

            return slots > 0 ? new LlamaCppProps(slots, isSleeping, keeps) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // b6730-d00cbea6; 0: it does not say.
    private static int BuildOf(ReadOnlySpan<byte> text) =>
        text is [(byte)'b', .. var number] && Utf8Parser.TryParse(number, out int build, out _) ? build : 0;
}
