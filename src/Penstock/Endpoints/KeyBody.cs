using System.Text.Json;
using Penstock.Admission.Keys;
using Penstock.Configuration;
using Penstock.Protocol;

namespace Penstock.Endpoints;

/// <summary>
/// The body of a request that makes or changes a key. Nothing is guessed: a member that is not known is an error, and null is
/// what a member is without being said.
/// </summary>
internal static class KeyBody
{
    private static readonly string[] Terms = ["models", "expires", "limits", "budget", "priority", "labels"];

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>Reads the body's JSON.</summary>
    /// <param name="body">The bytes; none are an empty object.</param>
    /// <param name="known">The members that there may be besides terms.</param>
    /// <param name="withTerms">Whether there may be terms.</param>
    /// <param name="error">What is wrong with it.</param>
    public static JsonElement? Parse(ReadOnlyMemory<byte> body, string[] known, bool withTerms, out ApiError? error)
    {
        error = null;
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(body.IsEmpty ? "{}"u8.ToArray() : body, Options);
            root = document.RootElement.Clone();
            ReadStrings(root);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            error = Errors.InvalidJson(e.Message);
            return null;
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            error = Errors.InvalidJson("it is not an object.");
            return null;
        }

        string[] members = withTerms ? [.. known, .. Terms] : known;
        if (root.EnumerateObject().FirstOrDefault(member => !members.Contains(member.Name)) is { Value.ValueKind: not JsonValueKind.Undefined } stray)
            error = Errors.InvalidValue(stray.Name, $"there is no such member{NearestName.Hint(stray.Name, members)}");
        return error is null ? root : null;
    }

    /// <summary>Terms with what a body says of them.</summary>
    /// <param name="body">The body.</param>
    /// <param name="terms">The terms, to which it is added.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static ApiError? Apply(JsonElement body, ref KeyTerms terms)
    {
        var usual = new KeyTerms();
        foreach (var member in body.EnumerateObject())
        {
            var value = member.Value;
            var isNull = value.ValueKind == JsonValueKind.Null;
            ApiError? error = null;
            terms = member.Name switch
            {
                "models" => terms with { Models = isNull ? usual.Models : ModelsOf(value, ref error) },
                "expires" => terms with { Expires = isNull ? null : MomentOf(value, ref error) },
                "limits" => terms with { Limits = isNull ? null : TextOf("limits", value, ref error) },
                "budget" => terms with { Budget = isNull ? null : BudgetOf(value, ref error) },
                "priority" => terms with { Priority = isNull ? usual.Priority : PriorityOf(value, ref error) },
                "labels" => terms with { Labels = isNull ? usual.Labels : LabelsOf(value, ref error) },
                _ => terms,
            };
            if (error is not null) return error;
        }

        return null;
    }

    // Half of a surrogate pair, and bytes that are not UTF-8, are found only by whoever reads the string.
    private static void ReadStrings(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) value.GetString();
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray()) ReadStrings(item);
        }

        if (value.ValueKind != JsonValueKind.Object) return;
        foreach (var member in value.EnumerateObject())
        {
            _ = member.Name;
            ReadStrings(member.Value);
        }
    }

    private static string? TextOf(string param, JsonElement value, ref ApiError? error)
    {
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        error ??= Errors.InvalidType(param, "a string");
        return null;
    }

    private static List<string> ModelsOf(JsonElement value, ref ApiError? error)
    {
        var models = new List<string>();
        if (value.ValueKind != JsonValueKind.Array) error = Errors.InvalidType("models", "an array of strings");
        else
        {
            foreach (var item in value.EnumerateArray()) models.Add(TextOf($"models[{models.Count}]", item, ref error) ?? "");
        }

        return models;
    }

    private static DateTimeOffset? MomentOf(JsonElement value, ref ApiError? error)
    {
        var moment = TextOf("expires", value, ref error) is { } text ? Instant.Parse(text) : null;
        if (moment is null) error ??= Errors.InvalidValue("expires", $"it must be {Instant.Expected}");
        return moment;
    }

    private static CallerPriority PriorityOf(JsonElement value, ref ApiError? error)
    {
        if (TextOf("priority", value, ref error) is not { } text) return default;
        if (!ConfigWords.Priorities.TryGet(text, out var priority)) error = Errors.InvalidValue("priority", ConfigWords.Priorities.Refuse(text));
        return priority;
    }

    private static BudgetConfig? BudgetOf(JsonElement value, ref ApiError? error)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            error = Errors.InvalidType("budget", "an object with usd and per");
            return null;
        }

        foreach (var member in value.EnumerateObject())
        {
            if (member.Name is not ("usd" or "per")) error ??= Errors.InvalidValue($"budget.{member.Name}", "there is no such member");
        }

        foreach (var name in (string[])["usd", "per"])
        {
            if (!value.TryGetProperty(name, out _)) error ??= Errors.MissingParameter($"budget.{name}");
        }

        if (error is not null) return null;
        var usd = value.GetProperty("usd");
        if (usd.ValueKind != JsonValueKind.Number) error = Errors.InvalidType("budget.usd", "a number");
        else if (!usd.TryGetDecimal(out _)) error = Errors.InvalidValue("budget.usd", "it is too large");
        var per = TextOf("budget.per", value.GetProperty("per"), ref error);
        if (error is not null) return null;
        if (ConfigWords.BudgetPeriods.TryGet(per!, out var period)) return new BudgetConfig(usd.GetDecimal(), period);
        error = Errors.InvalidValue("budget.per", ConfigWords.BudgetPeriods.Refuse(per!));
        return null;
    }

    private static Dictionary<string, string> LabelsOf(JsonElement value, ref ApiError? error)
    {
        var labels = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (value.ValueKind != JsonValueKind.Object)
        {
            error = Errors.InvalidType("labels", "an object whose values are strings");
            return labels;
        }

        foreach (var label in value.EnumerateObject())
        {
            if (!labels.TryAdd(label.Name, TextOf($"labels.{label.Name}", label.Value, ref error) ?? "")) error ??= Errors.DuplicateKey($"labels.{label.Name}");
        }

        return labels;
    }
}
