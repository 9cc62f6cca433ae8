using System.Text.Json;
using System.Text.Json.Serialization;
using Penstock.Configuration;

namespace Penstock.Admission.Keys;

/// <summary>How keys are written in the store's columns and in the last known copy. Only the gateway reads it; it has the hashes.</summary>
internal static class KeyText
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new HashConverter(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <exception cref="JsonException">It is not what it should be.</exception>
    public static T Read<T>(string text) => JsonSerializer.Deserialize<T>(text, Options) ?? throw new JsonException("there is nothing");

    private sealed class HashConverter : JsonConverter<KeyHash>
    {
        public override KeyHash Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString() is { } text && KeyHash.TryParse(text, out var hash) ? hash : throw new JsonException("this is not a hash");

        public override void Write(Utf8JsonWriter writer, KeyHash value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
