using System.Globalization;
using System.Text.Json;
using Penstock.Backends;
using Penstock.Health;

namespace Penstock.Endpoints;

/// <summary>A backend as <c>/admin/backends</c> shows it: how it is, and no secret.</summary>
internal static class BackendJson
{
    private static readonly JsonEncodedText[] States = [.. JsonNames("unknown", "up", "down")];
    private static readonly JsonEncodedText[] Breakers = [.. JsonNames("closed", "half_open", "open")];
    /// <summary>Obstacles by their numbers.</summary>
    public static readonly JsonEncodedText[] Obstacles =
        [.. JsonNames("none", "drained", "down", "breaker_open", "bad_credentials", "resting", "full")];

    private static readonly JsonEncodedText[] SeatSources = [.. JsonNames("none", "configured", "slots", "learned")];

    /// <param name="json">Where to.</param>
    /// <param name="backend">The backend.</param>
    /// <param name="time">The clock.</param>
    public static void Write(Utf8JsonWriter json, Backend backend, TimeProvider time)
    {
        var (config, state) = (backend.Config, backend.State);
        var health = state.Health.Read();
        json.WriteStartObject();
        json.WriteString("name"u8, backend.Name);
        json.WriteString("type"u8, config.Type);
        json.WriteString("url"u8, config.Url?.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped));
        json.WriteString("address"u8, backend.Address?.ToString());
        json.WriteString("state"u8, States[(int)health.Probes]);
        // A full one has nothing against it, but no seat.
        json.WriteString("obstacle"u8, Obstacles[(int)backend.Obstacle]);
        json.WriteString("breaker"u8, Breakers[(int)health.Breaker]);
        json.WriteNumber("in_flight"u8, state.InFlight);
        if (config.MaxConcurrency is { } seats) json.WriteNumber("max_concurrency"u8, seats);
        else json.WriteNull("max_concurrency"u8);
        WriteSeats(json, backend);
        json.WriteNumber("weight"u8, config.Weight);
        WriteMilliseconds(json, "latency_ms", state.Latency);
        WriteMilliseconds(json, "ttft_ms", state.TimeToFirstToken);
        EngineJson.Write(json, state.Engine, time);
        WriteError(json, health.LastError);
        WriteMoment(json, "resting_until", health.RestingUntil);
        json.WriteEndObject();
    }

    private static IEnumerable<JsonEncodedText> JsonNames(params string[] names) => names.Select(name => JsonEncodedText.Encode(name));

    private static void WriteSeats(Utf8JsonWriter json, Backend backend)
    {
        if (backend.Seats is { } seats)
        {
            json.WriteNumber("seats"u8, seats);
            json.WriteString("seats_from"u8, SeatSources[(int)backend.SeatsFrom]);
            return;
        }

        json.WriteNull("seats"u8);
        json.WriteNull("seats_from"u8);
    }

    private static void WriteError(Utf8JsonWriter json, LastError? error)
    {
        if (error is null)
        {
            json.WriteNull("last_error"u8);
            return;
        }

        json.WriteStartObject("last_error"u8);
        WriteMoment(json, "at", error.At);
        json.WriteString("message"u8, error.Message);
        json.WriteEndObject();
    }

    private static void WriteMilliseconds(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is { } value) json.WriteNumber(name, Math.Round(value.TotalMilliseconds, 3));
        else json.WriteNull(name);
    }

    private static void WriteMoment(Utf8JsonWriter json, string name, DateTimeOffset? moment)
    {
        if (moment is { } value) json.WriteString(name, value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        else json.WriteNull(name);
    }
}
