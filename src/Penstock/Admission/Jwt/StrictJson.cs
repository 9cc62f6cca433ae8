using System.Text.Json;
using System.Text.Unicode;

namespace Penstock.Admission.Jwt;

/// <summary>
/// A JSON object that says who may do what, read so that nobody can read it otherwise: valid UTF-8, no member twice at any depth,
/// nothing after its end. A member that is there but of another type than the one asked for is an error, not a missing one.
/// </summary>
internal sealed class StrictJson
{
    private const int MostStrings = 256;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly JsonElement _object;

    private StrictJson(JsonElement element) => _object = element;

    /// <summary>The object; null where the bytes are none.</summary>
    public static StrictJson? Parse(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8)) return null;
        try
        {
            var element = JsonElement.Parse(utf8, Options);
            return element.ValueKind == JsonValueKind.Object ? new StrictJson(element) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is for half of a surrogate pair in a member's name.
            return null;
        }
    }

    public bool Has(string name) => _object.TryGetProperty(name, out _);

    /// <summary>A string; null where the member is missing. False: it is something else.</summary>
    public bool TryString(string name, out string? value)
    {
        value = null;
        if (!_object.TryGetProperty(name, out var member)) return true;
        value = Text(member);
        return value is not null;
    }

    /// <summary>A string or a list of at most 256; null where the member is missing. False: it is something else.</summary>
    public bool TryStrings(string name, out IReadOnlyList<string>? values)
    {
        values = null;
        if (!_object.TryGetProperty(name, out var member)) return true;
        if (member.ValueKind != JsonValueKind.Array)
        {
            if (Text(member) is not { } only) return false;
            values = [only];
            return true;
        }

        if (member.GetArrayLength() > MostStrings) return false;
        var several = new List<string>(member.GetArrayLength());
        foreach (var item in member.EnumerateArray())
        {
            if (Text(item) is not { } text) return false;
            several.Add(text);
        }

        values = several;
        return true;
    }

    /// <summary>A time as seconds since 1970, fractions allowed; null where the member is missing. False: it is something else.</summary>
    public bool TryTime(string name, out DateTimeOffset? time)
    {
        time = null;
        if (!_object.TryGetProperty(name, out var member)) return true;
        // Until the year 2500: far from where adding a leeway to it could overflow. NaN cannot be written, infinity (1e999) is too large.
        if (member.ValueKind != JsonValueKind.Number || !member.TryGetDouble(out var seconds) || !(seconds is >= 0 and <= 16_725_225_600)) return false;
        time = DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        return true;
    }

    /// <summary>The objects of a list; what is no object in it is left out. Null: it is no list.</summary>
    public IReadOnlyList<StrictJson>? Objects(string name)
    {
        if (!_object.TryGetProperty(name, out var member) || member.ValueKind != JsonValueKind.Array) return null;
        return [.. member.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object).Select(item => new StrictJson(item))];
    }

    private static string? Text(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String) return null;
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: no text.
            return null;
        }
    }
}
