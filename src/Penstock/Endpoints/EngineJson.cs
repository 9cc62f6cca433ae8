using System.Text.Json;
using Penstock.Backends;
using Penstock.Configuration;

namespace Penstock.Endpoints;

/// <summary>What a server says of itself, as <c>/admin/backends</c> shows it: the last that it said, and how long ago.</summary>
internal static class EngineJson
{
    public static void Write(Utf8JsonWriter json, EngineReading? engine, TimeProvider time)
    {
        if (engine is null)
        {
            json.WriteNull("engine"u8);
            return;
        }

        json.WriteStartObject("engine"u8);
        json.WriteString("kind"u8, ConfigWords.EngineKinds.For(engine.Kind));
        WriteNumber(json, "running", engine.Running);
        WriteNumber(json, "waiting", engine.Waiting);
        WriteNumber(json, "cache_usage", engine.CacheUsage is { } usage ? Math.Round(usage, 4) : null);
        WriteNumber(json, "cache_tokens", engine.CacheTokens);
        json.WriteNumber("age_ms"u8, Math.Round(time.GetElapsedTime(engine.ReadAt).TotalMilliseconds));
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
