using System.Globalization;
using System.Text.Json;

namespace Penstock.Tests.Tools;

/// <summary>
/// Validates JSON against the schemas of OpenAI's OpenAPI description. A keyword that it does not know stops it, so that
/// nothing is ever valid because it was not looked at.
/// </summary>
internal sealed class OpenAiSchema
{
    public const string File = "openai/schemas.json";

    private const string RefPrefix = "#/components/schemas/";

    // Those that describe and do not constrain; format is one of them in JSON Schema, too.
    private static readonly HashSet<string> Annotations =
    [
        "title", "description", "default", "example", "examples", "deprecated", "discriminator", "format", "summary",
        "readOnly", "writeOnly", "externalDocs", "$comment",
    ];

    private static readonly HashSet<string> Keywords =
    [
        "$ref", "type", "nullable", "required", "properties", "additionalProperties", "items", "enum", "const", "anyOf",
        "oneOf", "allOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems",
        "minLength", "maxLength",
    ];

    private static readonly Lazy<OpenAiSchema> Shared = new(() =>
        new OpenAiSchema(JsonSerializer.Deserialize<JsonElement>(System.IO.File.ReadAllBytes(SharedFiles.Path(File)))));

    private readonly JsonElement _schemas;

    public OpenAiSchema(JsonElement document)
    {
        _schemas = document.GetProperty("components").GetProperty("schemas");
        foreach (var schema in _schemas.EnumerateObject())
            CheckKeywords(schema.Value, schema.Name);
    }

    /// <summary>Validates against a schema of OpenAI's; the errors begin with a JSON path. None: it is valid.</summary>
    public static IReadOnlyList<string> Validate(string schema, JsonElement value) => Shared.Value.Check(schema, value);

    public static IReadOnlyList<string> Validate(string schema, string json) =>
        Validate(schema, JsonSerializer.Deserialize<JsonElement>(json));

    public IReadOnlyList<string> Check(string schema, JsonElement value)
    {
        var errors = new List<string>();
        Check(Resolve(RefPrefix + schema), value, "$", errors);
        return errors;
    }

    private void Check(JsonElement schema, JsonElement value, string path, List<string> errors)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            if (schema.ValueKind == JsonValueKind.False)
                errors.Add($"{path}: must not be there");
            return;
        }

        if (value.ValueKind == JsonValueKind.Null && schema.TryGetProperty("nullable", out var nullable) && nullable.GetBoolean())
            return;
        if (schema.TryGetProperty("$ref", out var reference))
            Check(Resolve(reference.GetString()!), value, path, errors);
        if (schema.TryGetProperty("type", out var type) && !IsOneOf(type, value))
        {
            errors.Add($"{path}: is {Describe(value)}, must be {type}");
            return;
        }

        if (schema.TryGetProperty("const", out var constant) && !JsonElement.DeepEquals(constant, value))
            errors.Add($"{path}: is {Describe(value)}, must be {constant.GetRawText()}");
        if (schema.TryGetProperty("enum", out var allowed) && !allowed.EnumerateArray().Any(a => JsonElement.DeepEquals(a, value)))
            errors.Add($"{path}: is {Describe(value)}, must be one of {allowed.GetRawText()}");

        CheckCombinations(schema, value, path, errors);
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                CheckObject(schema, value, path, errors);
                break;
            case JsonValueKind.Array:
                CheckArray(schema, value, path, errors);
                break;
            case JsonValueKind.String:
                var length = value.GetString()!.EnumerateRunes().Count();
                CheckRange(schema, "minLength", "maxLength", length, "long", path, errors);
                break;
            case JsonValueKind.Number:
                CheckRange(schema, "minimum", "maximum", value.GetDouble(), "", path, errors);
                CheckExclusive(schema, value.GetDouble(), path, errors);
                break;
        }
    }

    private void CheckCombinations(JsonElement schema, JsonElement value, string path, List<string> errors)
    {
        if (schema.TryGetProperty("allOf", out var all))
        {
            foreach (var branch in all.EnumerateArray())
                Check(branch, value, path, errors);
        }

        if (schema.TryGetProperty("anyOf", out var any))
        {
            var failures = Failures(any, value, path);
            if (failures.TrueForAll(f => f.Count > 0))
                errors.Add($"{path}: matches none of anyOf: {Closest(failures)}");
        }

        if (schema.TryGetProperty("oneOf", out var one))
        {
            var failures = Failures(one, value, path);
            var matches = failures.Count(f => f.Count == 0);
            if (matches == 0)
                errors.Add($"{path}: matches none of oneOf: {Closest(failures)}");
            else if (matches > 1)
                errors.Add($"{path}: matches {matches} of oneOf");
        }
    }

    private List<List<string>> Failures(JsonElement branches, JsonElement value, string path)
    {
        var all = new List<List<string>>();
        foreach (var branch in branches.EnumerateArray())
        {
            var errors = new List<string>();
            Check(branch, value, path, errors);
            all.Add(errors);
        }

        return all;
    }

    private void CheckObject(JsonElement schema, JsonElement value, string path, List<string> errors)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            foreach (var name in required.EnumerateArray())
            {
                if (!value.TryGetProperty(name.GetString()!, out _))
                    errors.Add($"{path}.{name.GetString()}: is missing");
            }
        }

        var hasProperties = schema.TryGetProperty("properties", out var properties);
        var hasAdditional = schema.TryGetProperty("additionalProperties", out var additional);
        var seen = new HashSet<string>();
        foreach (var property in value.EnumerateObject())
        {
            var at = $"{path}.{property.Name}";
            if (!seen.Add(property.Name))
                errors.Add($"{at}: comes twice");
            if (hasProperties && properties.TryGetProperty(property.Name, out var known))
                Check(known, property.Value, at, errors);
            else if (hasAdditional)
                Check(additional, property.Value, at, errors);
        }
    }

    private void CheckArray(JsonElement schema, JsonElement value, string path, List<string> errors)
    {
        CheckRange(schema, "minItems", "maxItems", value.GetArrayLength(), "items long", path, errors);
        if (!schema.TryGetProperty("items", out var items))
            return;
        var index = 0;
        foreach (var item in value.EnumerateArray())
            Check(items, item, $"{path}[{(index++).ToString(CultureInfo.InvariantCulture)}]", errors);
    }

    private static void CheckRange(
        JsonElement schema, string minimum, string maximum, double value, string unit, string path, List<string> errors)
    {
        if (schema.TryGetProperty(minimum, out var least) && value < least.GetDouble())
            errors.Add($"{path}: is {value} {unit}, {minimum} is {least}");
        if (schema.TryGetProperty(maximum, out var most) && value > most.GetDouble())
            errors.Add($"{path}: is {value} {unit}, {maximum} is {most}");
    }

    // A boolean in OpenAPI 3.0, beside minimum and maximum; the bound itself in 3.1.
    private static void CheckExclusive(JsonElement schema, double value, string path, List<string> errors)
    {
        if (schema.TryGetProperty("exclusiveMinimum", out var least) && value <= Bound(schema, least, "minimum"))
            errors.Add($"{path}: is {value}, exclusiveMinimum is {least}");
        if (schema.TryGetProperty("exclusiveMaximum", out var most) && value >= Bound(schema, most, "maximum"))
            errors.Add($"{path}: is {value}, exclusiveMaximum is {most}");
    }

    private static double Bound(JsonElement schema, JsonElement exclusive, string inclusive) => exclusive.ValueKind switch
    {
        JsonValueKind.Number => exclusive.GetDouble(),
        JsonValueKind.True => schema.GetProperty(inclusive).GetDouble(),
        _ => double.NaN,
    };

    private static bool IsOneOf(JsonElement type, JsonElement value) => type.ValueKind == JsonValueKind.Array
        ? type.EnumerateArray().Any(t => Is(t.GetString()!, value))
        : Is(type.GetString()!, value);

    private static bool Is(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && double.IsInteger(value.GetDouble()),
        _ => throw new NotSupportedException($"The type {type} is unknown."),
    };

    private JsonElement Resolve(string reference) =>
        reference.StartsWith(RefPrefix, StringComparison.Ordinal)
        && _schemas.TryGetProperty(reference[RefPrefix.Length..], out var schema)
            ? schema
            : throw new KeyNotFoundException($"There is no schema {reference}.");

    private static string Describe(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length > 60 ? text[..60] + "…" : text;
    }

    // The branch with the deepest complaint is the one that was meant: the others fail at the first type or enum.
    private static string Closest(List<List<string>> failures) =>
        string.Join("; ", failures.OrderByDescending(f => f.Max(e => e.IndexOf(": ", StringComparison.Ordinal))).First());

    private static void CheckKeywords(JsonElement schema, string path)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return;
        foreach (var keyword in schema.EnumerateObject())
        {
            var at = $"{path}/{keyword.Name}";
            switch (keyword.Name)
            {
                case "properties":
                    foreach (var property in keyword.Value.EnumerateObject())
                        CheckKeywords(property.Value, $"{at}/{property.Name}");
                    break;
                case "items" or "additionalProperties":
                    CheckKeywords(keyword.Value, at);
                    break;
                case "anyOf" or "oneOf" or "allOf":
                    foreach (var branch in keyword.Value.EnumerateArray())
                        CheckKeywords(branch, at);
                    break;
                case var name when !Keywords.Contains(name) && !Annotations.Contains(name)
                    && !name.StartsWith("x-", StringComparison.Ordinal):
                    throw new NotSupportedException($"The keyword at {at} is not implemented.");
            }
        }
    }
}
