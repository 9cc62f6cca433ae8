using System.Buffers;
using System.Text;
using Penstock.Accounting.Ledger;
using Penstock.Protocol;
using Penstock.Storage;

namespace Penstock.Endpoints;

/// <summary>
/// <c>GET /admin/usage</c> sums up everyone's usage, <c>GET /v1/usage</c> the caller's own:
/// <c>?from=2026-11-01&amp;to=2026-12-01&amp;group_by=caller,model,day&amp;format=csv</c>.
/// </summary>
internal sealed class UsageEndpoints(Store store, TimeProvider time)
{
    private const int DefaultDays = 30;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public ValueTask<ApiError?> GetAll(Exchange exchange) => AnswerAsync(exchange, null, "caller,model");

    public ValueTask<ApiError?> GetOwn(Exchange exchange) => AnswerAsync(exchange, exchange.Record.Caller, "model");

    private async ValueTask<ApiError?> AnswerAsync(Exchange exchange, string? caller, string defaultGroups)
    {
        if (!store.IsConfigured) return Errors.NoStore();
        if (Read(exchange, caller, defaultGroups, out var query, out var isCsv) is { } error) return error;
        var answer = await store.ReadAsync(
            (connection, token) => UsageSummary.ReadAsync(connection, query!, token), Deadline, exchange.Http.RequestAborted);
        if (!answer.IsDone) return Errors.StoreUnavailable();
        if (answer.Value is not { } rows)
            return Errors.InvalidValue("group_by", $"there would be more than {UsageSummary.MostRows} rows; ask for less time, or fewer groups");
        Send(exchange, query!, rows, isCsv);
        return null;
    }

    private static void Send(Exchange exchange, UsageQuery query, IReadOnlyList<UsageRow> rows, bool isCsv)
    {
        if (isCsv)
        {
            JsonResponses.Send(exchange, Encoding.UTF8.GetBytes(UsageCsv.Write(query, rows)), "text/csv; charset=utf-8; header=present");
            return;
        }

        var output = new ArrayBufferWriter<byte>(1024);
        UsageJson.Write(output, query, rows);
        JsonResponses.Send(exchange, output.WrittenSpan);
    }

    private ApiError? Read(Exchange exchange, string? caller, string defaultGroups, out UsageQuery? query, out bool isCsv)
    {
        (query, isCsv) = (null, false);
        var asked = exchange.Request.Query;
        foreach (var name in asked.Keys)
        {
            if (name is not ("from" or "to" or "group_by" or "format")) return Errors.InvalidValue(name, "it is not one of from, to, group_by, format");
            if (asked[name].Count > 1) return Errors.DuplicateKey(name);
        }

        // Whole days, which the sums of days answer by themselves; nothing has come yet from the rest of today.
        var today = new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        if (!TryRead(asked["from"], today.AddDays(-DefaultDays), out var from)) return Errors.InvalidValue("from", $"it must be {UsageMoment.Expected}");
        if (!TryRead(asked["to"], today.AddDays(1), out var to)) return Errors.InvalidValue("to", $"it must be {UsageMoment.Expected}");
        if (from > to) return Errors.InvalidValue("from", "it must not be after 'to'");

        if (!UsageQuery.TryParseGroups((string?)asked["group_by"] ?? defaultGroups, out var groups, out var error)) return Errors.InvalidValue("group_by", error);
        isCsv = (string?)asked["format"] == "csv";
        if (!isCsv && (string?)asked["format"] is not (null or "json")) return Errors.InvalidValue("format", "it must be json or csv");
        query = new UsageQuery { From = from, To = to, GroupBy = groups, Caller = caller };
        return null;
    }

    private static bool TryRead(string? text, DateTimeOffset usual, out DateTimeOffset moment)
    {
        var read = text is null ? usual : UsageMoment.Parse(text);
        moment = read ?? usual;
        return read is not null;
    }
}
