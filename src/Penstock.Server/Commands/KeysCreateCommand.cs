using System.CommandLine;
using System.Data.Common;
using Penstock.Admission.Keys;
using Penstock.Configuration;

namespace Penstock.Server.Commands;

/// <summary><c>penstock keys create --name …</c>: makes a key, and prints it this once.</summary>
internal static class KeysCreateCommand
{
    public static Command Create()
    {
        var name = new Option<string>("--name") { Description = "Whose key it is: the caller's name in limits, usage and logs", HelpName = "name", Required = true };
        var models = new Option<string[]>("--models") { Description = "The models that it may call, with commas or several times; * stands for anything [all]", HelpName = "models" };
        var expires = new Option<string>("--expires") { Description = "Until when it is good: a date, a time, or from now on like 30d [for ever]", HelpName = "when" };
        var limits = new Option<string>("--limits") { Description = "The name of an entry in the configuration's limits [default]", HelpName = "name" };
        var budget = new Option<string>("--budget") { Description = "What it may spend in US dollars: 50/month; hour, day, week, month [no end]", HelpName = "usd/period" };
        var priority = new Option<string>("--priority") { Description = "high, normal, batch [normal]", HelpName = "priority" };
        var label = new Option<string[]>("--label") { Description = "A label for usage and the access log: team=search; several times", HelpName = "name=value" };
        var json = KeysCommand.JsonOption();
        var config = KeysCommand.ConfigOption();

        var command = new Command("create", "Make a key, and print it this once: the store has its hash only.");
        foreach (var option in (Option[])[name, models, expires, limits, budget, priority, label, json, config]) command.Options.Add(option);
        command.SetAction((parsed, cancellation) => RunAsync(
            new KeysCreateOptions
            {
                Name = parsed.GetValue(name)!,
                Models = parsed.GetValue(models) ?? [],
                Expires = parsed.GetValue(expires),
                Limits = parsed.GetValue(limits),
                Budget = parsed.GetValue(budget),
                Priority = parsed.GetValue(priority) ?? "normal",
                Labels = parsed.GetValue(label) ?? [],
                IsJson = parsed.GetValue(json),
                Config = parsed.GetValue(config),
            },
            cancellation));
        return command;
    }

    // 0 when it was made, 1 when it could not be, 2 when it makes no sense.
    private static async Task<int> RunAsync(KeysCreateOptions options, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        if (!KeysValues.TryRead(options, now, out var terms, out var flaw)) return Fail(flaw);
        return await KeysStore.RunAsync(options.Config, mayBeNew: true, (connection, table, config, token) =>
        {
            var checks = new KeyChecks(config);
            return (checks.Name(options.Name) ?? checks.NewTerms(terms, now)) is { } wrong ? ValueTask.FromResult(Fail(wrong))
                : AddAsync(options, terms, now, connection, table, config, token);
        }, cancellationToken);
    }

    private static async ValueTask<int> AddAsync(
        KeysCreateOptions options, KeyTerms terms, DateTimeOffset now, DbConnection connection, KeyTable table, GatewayConfig config, CancellationToken cancellationToken)
    {
        var secret = KeySecret.New();
        var (outcome, key) = await table.AddAsync(connection, StoredKey.New(options.Name, terms, secret, now), cancellationToken);
        if (outcome == KeyOutcome.NameTaken) return KeysCommand.Fail($"there is a key '{key!.Name}' already ({key.Id}); rotate or revoke that one, or take another name");
        Console.Out.Write(options.IsJson ? KeysText.Json(json => KeyJson.Write(json, key!, now, secret)) : KeysText.Made(key!, secret, now));
        await Console.Error.WriteLineAsync("The key is shown this once: the store has its hash only.".AsMemory(), cancellationToken);
        if (config is { Auth: null, Server.ApiKey: null })
        {
            await Console.Error.WriteLineAsync(
                "WARNING: the gateway is open: everyone may call it, and nobody is asked for a key. Add `auth: {}` to the configuration, or set API_KEY.".AsMemory(), cancellationToken);
        }

        return 0;
    }

    private static int Fail(KeyFlaw flaw) => KeysCommand.Fail($"--{flaw.Param}: {flaw.Message}", PenstockCommand.UsageError);
}
