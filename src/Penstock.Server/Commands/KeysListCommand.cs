using System.CommandLine;
using Penstock.Admission.Keys;

namespace Penstock.Server.Commands;

/// <summary><c>penstock keys list</c>.</summary>
internal static class KeysListCommand
{
    public static Command Create()
    {
        var all = new Option<bool>("--all") { Description = "Those that were revoked, too" };
        var json = KeysCommand.JsonOption();
        var config = KeysCommand.ConfigOption();
        var command = new Command("list", "List the keys of the store.");
        foreach (var option in (Option[])[all, json, config]) command.Options.Add(option);
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(config), parsed.GetValue(all), parsed.GetValue(json), cancellation));
        return command;
    }

    private static Task<int> RunAsync(string? file, bool withRevoked, bool isJson, CancellationToken cancellationToken) =>
        KeysStore.RunAsync(file, mayBeNew: false, async (connection, _, _, token) =>
        {
            var now = TimeProvider.System.GetUtcNow();
            var keys = await KeyTable.ListAsync(connection, withRevoked, token);
            Console.Out.Write(isJson ? KeysText.Json(json => KeyJson.WriteList(json, keys, now)) : KeysText.Table(keys, now));
            return 0;
        }, cancellationToken);
}
