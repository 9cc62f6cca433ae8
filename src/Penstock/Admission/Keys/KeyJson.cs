using System.Text.Encodings.Web;
using System.Text.Json;
using Penstock.Configuration;
using Penstock.Protocol;

namespace Penstock.Admission.Keys;

/// <summary>A key as <c>/admin/keys</c> and <c>penstock keys --json</c> show it: never with a hash, and with the key itself only once.</summary>
internal static class KeyJson
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="json">Gets an object.</param>
    /// <param name="key">The key.</param>
    /// <param name="now">Says what it has come to.</param>
    /// <param name="secret">The key itself, when it was made just now; null otherwise.</param>
    public static void Write(Utf8JsonWriter json, StoredKey key, DateTimeOffset now, KeySecret? secret = null)
    {
        var terms = key.Terms;
        json.WriteStartObject();
        json.WriteString("id"u8, key.Id);
        json.WriteString("object"u8, "key"u8);
        json.WriteString("name"u8, key.Name);
        if (secret is not null) json.WriteString("key"u8, secret.Text);
        json.WriteString("prefix"u8, PrefixOf(key));
        json.WriteString("status"u8, StatusOf(key, now));
        json.WriteStartArray("models"u8);
        foreach (var model in terms.Models) json.WriteStringValue(model);
        json.WriteEndArray();
        WriteMoment(json, "expires", terms.Expires);
        json.WriteString("limits"u8, terms.Limits);
        WriteBudget(json, terms.Budget);
        json.WriteString("priority"u8, ConfigWords.Priorities.For(terms.Priority));
        json.WriteStartObject("labels"u8);
        foreach (var (name, value) in terms.Labels) json.WriteString(name, value);
        json.WriteEndObject();
        WriteMoment(json, "created", key.Created);
        WriteMoment(json, "revoked", key.Revoked);
        WriteMoment(json, "previous_key_until", key.Revoked is null ? key.PreviousUntil(now) : null);
        json.WriteEndObject();
    }

    public static void WriteList(Utf8JsonWriter json, IReadOnlyList<StoredKey> keys, DateTimeOffset now) =>
        JsonList.Write(json, keys, (_, key) => Write(json, key, now));

    /// <summary>How the key begins, for people.</summary>
    public static string PrefixOf(StoredKey key) => $"{key.Prefix}…";

    public static string StatusOf(StoredKey key, DateTimeOffset now) =>
        key.Revoked is not null ? "revoked" : key.Terms.Expires <= now ? "expired" : "active";

    private static void WriteMoment(Utf8JsonWriter json, string name, DateTimeOffset? moment) =>
        json.WriteString(name, moment is { } value ? Instant.Show(value) : null);

    private static void WriteBudget(Utf8JsonWriter json, BudgetConfig? budget)
    {
        if (budget is null)
        {
            json.WriteNull("budget"u8);
            return;
        }

        json.WriteStartObject("budget"u8);
        json.WriteNumber("usd"u8, budget.Usd);
        json.WriteString("per"u8, ConfigWords.BudgetPeriods.For(budget.Per));
        json.WriteEndObject();
    }
}
