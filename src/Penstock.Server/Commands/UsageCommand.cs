using System.Buffers;
using System.CommandLine;
using System.Text;
using Penstock.Accounting.Ledger;
using Penstock.Configuration;
using Penstock.Storage;

namespace Penstock.Server.Commands;

/// <summary><c>penstock usage --by caller,model --since 7d</c>: what the ledger says, straight from the store.</summary>
internal static class UsageCommand
{
    public const string Name = "usage";

    public static Command Create()
    {
        var by = new Option<string>("--by") { Description = "caller, model, backend, endpoint, hour, day; several with commas [caller,model]", HelpName = "groups" };
        var since = new Option<string>("--since") { Description = "From when on: 30m, 12h, 7d, a day or a time [30d]", HelpName = "when" };
        var until = new Option<string>("--until") { Description = "Until when, that moment not counted [now]", HelpName = "when" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var csv = new Option<bool>("--csv") { Description = "Print CSV" };
        var config = new Option<string>("--config") { Description = "The configuration file, whose store is read [CONFIG_FILE, else config.yaml]", HelpName = "file" };

        var command = new Command(Name, "Sum up what callers used.");
        foreach (var option in (Option[])[by, since, until, json, csv, config]) command.Options.Add(option);
        command.SetAction((parsed, cancellation) => RunAsync(
            new UsageOptions
            {
                By = parsed.GetValue(by) ?? "caller,model",
                Since = parsed.GetValue(since) ?? "30d",
                Until = parsed.GetValue(until) ?? "0m",
                IsJson = parsed.GetValue(json),
                IsCsv = parsed.GetValue(csv),
                Config = parsed.GetValue(config),
            },
            cancellation));
        return command;
    }

    // 0 when it was printed, 1 when the store cannot be read, 2 when the question makes no sense.
    private static async Task<int> RunAsync(UsageOptions options, CancellationToken cancellationToken)
    {
        if (Read(options, TimeProvider.System.GetUtcNow(), out var error) is not { } query) return await FailAsync(error, PenstockCommand.UsageError);
        if (!EnvironmentFile.TryLoad(out var problem)) return await FailAsync(problem);
        var loader = new ConfigLoader(new ConfigSources { CommandLine = new ServeOptions { Config = options.Config }.ToVariables() }, customTypes: []);
        var (config, errors) = loader.Load();
        if (config is null) return await FailAsync(string.Join('\n', errors.Select(e => e.ToString())));
        if (config.Store is not { } store) return await FailAsync("no store is configured (STORE, or 'store' in the configuration file): there is no ledger");
        // SQLite would make it, and an empty ledger looks like no usage.
        if (store.Kind == StoreKind.Sqlite && !File.Exists(store.Path)) return await FailAsync($"there is no {store.Path}");

        await using var database = Databases.Of(store)!;
        try
        {
            var rows = await database.ReadAsync((connection, token) => UsageSummary.ReadAsync(connection, query, token), cancellationToken);
            if (rows is null) return await FailAsync($"there would be more than {UsageSummary.MostRows} rows; ask for less time, or fewer groups");
            await Console.Out.WriteAsync(Print(options, query, rows).AsMemory(), cancellationToken);
            return 0;
        }
        catch (Exception e) when (e is System.Data.Common.DbException or InvalidOperationException or TimeoutException)
        {
            return await FailAsync($"{database.Description}: {e.Message}");
        }
    }

    private static UsageQuery? Read(UsageOptions options, DateTimeOffset now, out string error)
    {
        error = "";
        if (!UsageQuery.TryParseGroups(options.By, out var groups, out var wrong)) error = $"--by: {wrong}";
        if (UsageMoment.Parse(options.Since, now) is not { } from) error = $"--since: '{options.Since}' is neither {UsageMoment.Expected}, nor like 30m, 12h or 7d";
        else if (UsageMoment.Parse(options.Until, now) is not { } to) error = $"--until: '{options.Until}' is neither {UsageMoment.Expected}, nor like 30m, 12h or 7d";
        else if (from > to) error = "--since is after --until";
        else if (options is { IsJson: true, IsCsv: true }) error = "--json or --csv, not both";
        else if (groups is not null) return new UsageQuery { From = from, To = to, GroupBy = groups };
        return null;
    }

    private static string Print(UsageOptions options, UsageQuery query, IReadOnlyList<UsageRow> rows)
    {
        if (options.IsCsv) return UsageCsv.Write(query, rows);
        if (!options.IsJson) return UsageColumns.Write(query, rows);
        var output = new ArrayBufferWriter<byte>();
        UsageJson.Write(output, query, rows);
        return Encoding.UTF8.GetString(output.WrittenSpan) + "\n";
    }

    private static async Task<int> FailAsync(string message, int code = 1)
    {
        foreach (var line in message.Split('\n')) await Console.Error.WriteLineAsync($"penstock: {line}");
        return code;
    }
}
