using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>A list in OpenAI's shape: <c>{"object":"list","data":[…]}</c>.</summary>
internal static class JsonList
{
    public static void Write<T>(Utf8JsonWriter json, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (var item in items) write(json, item);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
