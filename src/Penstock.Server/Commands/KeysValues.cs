using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Penstock.Admission.Keys;
using Penstock.Configuration;

namespace Penstock.Server.Commands;

/// <summary>What is written on the command line of <c>penstock keys</c>.</summary>
internal static class KeysValues
{
    private const int MostDays = 36_500;

    /// <summary>How long: <c>90s</c>, <c>30m</c>, <c>24h</c>, <c>7d</c>, or 0.</summary>
    public static TimeSpan? Span(string text)
    {
        if (text == "0") return TimeSpan.Zero;
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return null;
        TimeSpan? span = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(count),
            'm' => TimeSpan.FromMinutes(count),
            'h' => TimeSpan.FromHours(count),
            'd' => TimeSpan.FromDays(count),
            _ => null,
        };
        return span?.TotalDays > MostDays ? null : span;
    }

    /// <summary>When: a date, a time, or how long from now.</summary>
    public static DateTimeOffset? Moment(string text, DateTimeOffset now) => Instant.Parse(text) ?? (Span(text) is { } span ? now + span : null);

    /// <summary>Makes terms of options.</summary>
    /// <param name="options">What was written.</param>
    /// <param name="now">The present.</param>
    /// <param name="terms">What it says.</param>
    /// <param name="flaw">What is wrong with it.</param>
    public static bool TryRead(KeysCreateOptions options, DateTimeOffset now, [NotNullWhen(true)] out KeyTerms? terms, [NotNullWhen(false)] out KeyFlaw? flaw)
    {
        (terms, flaw) = (null, null);
        var expires = options.Expires is null ? null : Moment(options.Expires, now);
        if (options.Expires is not null && expires is null) flaw = new KeyFlaw("expires", $"'{options.Expires}' is neither {Instant.Expected}, nor like 12h or 30d");
        var budget = options.Budget is null ? null : Budget(options.Budget);
        if (options.Budget is not null && budget is null) flaw = new KeyFlaw("budget", $"'{options.Budget}' is not like 50/month; there are hour, day, week, month");
        if (!ConfigWords.Priorities.TryGet(options.Priority, out var priority)) flaw = new KeyFlaw("priority", ConfigWords.Priorities.Refuse(options.Priority));
        var labels = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var label in options.Labels)
        {
            var equals = label.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) flaw = new KeyFlaw("label", $"'{label}' is not like team=search");
            else if (!labels.TryAdd(label[..equals], label[(equals + 1)..])) flaw = new KeyFlaw("label", $"'{label[..equals]}' is there twice");
        }

        if (flaw is not null) return false;
        terms = new KeyTerms
        {
            Models = [.. options.Models.SelectMany(models => models.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))],
            Expires = expires,
            Limits = options.Limits,
            Budget = budget,
            Priority = priority,
            Labels = labels,
        };
        return true;
    }

    private static BudgetConfig? Budget(string text) =>
        text.Split('/') is [var amount, var period]
        && decimal.TryParse(amount, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usd)
        && ConfigWords.BudgetPeriods.TryGet(period, out var per) ? new BudgetConfig(usd, per) : null;
}
