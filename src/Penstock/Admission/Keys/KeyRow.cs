using System.Data.Common;
using System.Text.Json;
using Penstock.Configuration;
using Penstock.Storage;

namespace Penstock.Admission.Keys;

/// <summary>A key as a row of <c>access_keys</c>.</summary>
internal static class KeyRow
{
    private const decimal Micro = 1_000_000;

    /// <summary>The columns, in the order in which <see cref="Read"/> has them.</summary>
    public const string Columns =
        "id, name, hash, prefix, previous, models, expires_at, limits, budget_micro_usd, budget_per, priority, labels, created_at, revoked_at, revision";

    /// <returns>The key; null where somebody else wrote it, and it cannot be read.</returns>
    public static StoredKey? Read(DbDataReader row)
    {
        if (!KeyHash.TryParse(row.GetString(2), out var hash) || !ConfigWords.Priorities.TryGet(row.GetString(10), out var priority)) return null;
        try
        {
            return Build(row, hash, priority);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What goes into the columns, each under its name.</summary>
    public static (string Name, object? Value)[] Values(StoredKey key) =>
    [
        ("@id", key.Id),
        ("@name", key.Name),
        ("@hash", key.Hash.ToString()),
        ("@prefix", key.Prefix),
        ("@previous", KeyText.Write(key.Previous)),
        ("@models", KeyText.Write(key.Terms.Models)),
        ("@expires_at", key.Terms.Expires is { } expires ? StoredTime.Of(expires) : null),
        ("@limits", key.Terms.Limits),
        ("@budget_micro_usd", key.Terms.Budget is { } budget ? (long)(budget.Usd * Micro) : null),
        ("@budget_per", key.Terms.Budget is { } period ? ConfigWords.BudgetPeriods.For(period.Per) : null),
        ("@priority", ConfigWords.Priorities.For(key.Terms.Priority)),
        ("@labels", KeyText.Write(key.Terms.Labels)),
        ("@created_at", StoredTime.Of(key.Created)),
        ("@revoked_at", key.Revoked is { } revoked ? StoredTime.Of(revoked) : null),
        ("@revision", key.Revision),
    ];

    private static StoredKey Build(DbDataReader row, KeyHash hash, CallerPriority priority) => new()
    {
        Id = row.GetString(0),
        Name = row.GetString(1),
        Hash = hash,
        Prefix = row.GetString(3),
        Previous = KeyText.Read<List<RetiredHash>>(row.GetString(4)),
        Terms = new KeyTerms
        {
            Models = KeyText.Read<List<string>>(row.GetString(5)),
            Expires = MomentOf(row, 6),
            Limits = row.IsDBNull(7) ? null : row.GetString(7),
            Budget = BudgetOf(row),
            Priority = priority,
            Labels = KeyText.Read<Dictionary<string, string>>(row.GetString(11)),
        },
        Created = StoredTime.ToTime(row.GetInt64(12)),
        Revoked = MomentOf(row, 13),
        Revision = row.GetInt64(14),
    };

    private static DateTimeOffset? MomentOf(DbDataReader row, int column) => row.IsDBNull(column) ? null : StoredTime.ToTime(row.GetInt64(column));

    private static BudgetConfig? BudgetOf(DbDataReader row) =>
        !row.IsDBNull(8) && ConfigWords.BudgetPeriods.TryGet(row.GetString(9), out var per) ? new BudgetConfig(row.GetInt64(8) / Micro, per) : null;
}
