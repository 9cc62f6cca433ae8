using System.CommandLine;
using Penstock.Admission.Keys;
using Penstock.Configuration;

namespace Penstock.Server.Commands;

/// <summary><c>penstock keys rotate ID|NAME --grace 1d</c>: gives a caller a new key, and lets the old one be good for a while.</summary>
internal static class KeysRotateCommand
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public static Command Create()
    {
        var key = KeysCommand.KeyArgument();
        var grace = new Option<string>("--grace") { Description = "How long the old key is good beside the new one: 12h, 1d, at most 30d; 0: not at all [24h]", HelpName = "time" };
        var json = KeysCommand.JsonOption();
        var config = KeysCommand.ConfigOption();
        var command = new Command("rotate", "Give a caller a new key, and print it this once.");
        command.Arguments.Add(key);
        foreach (var option in (Option[])[grace, json, config]) command.Options.Add(option);
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetValue(config), parsed.GetValue(key)!, parsed.GetValue(grace) ?? "24h", parsed.GetValue(json), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string? file, string idOrName, string time, bool isJson, CancellationToken cancellationToken)
    {
        if (KeysValues.Span(time) is not { } grace || grace > Longest)
            return KeysCommand.Fail($"--grace: '{time}' is not a time like 12h or 1d, of at most 30d", PenstockCommand.UsageError);
        return await KeysStore.RunAsync(file, mayBeNew: false, async (connection, table, _, token) =>
        {
            var now = TimeProvider.System.GetUtcNow();
            var found = await KeyTable.FindAsync(connection, idOrName, token) ?? await KeyTable.FindByNameAsync(connection, idOrName, token);
            if (found is null) return KeysCommand.Fail($"there is no key '{idOrName}'; `penstock keys list` lists the ones that there are");
            var secret = KeySecret.New();
            var (outcome, key) = await table.ChangeAsync(connection, found.Id, current => current.Rotate(secret, grace, now), token);
            if (outcome == KeyOutcome.Revoked) return KeysCommand.Fail($"{key!.Id} ('{key.Name}') has been revoked; make a new one");
            Console.Out.Write(isJson ? KeysText.Json(json => KeyJson.Write(json, key!, now, secret)) : KeysText.Made(key!, secret, now));
            var until = key!.PreviousUntil(now) is { } moment ? $"The one before is good until {Instant.Show(moment)}." : "The one before is not good any more.";
            await Console.Error.WriteLineAsync($"The key is shown this once: the store has its hash only. {until}".AsMemory(), token);
            return 0;
        }, cancellationToken);
    }
}
