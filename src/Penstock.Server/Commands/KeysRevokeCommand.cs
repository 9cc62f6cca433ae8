using System.CommandLine;
using Penstock.Admission.Keys;

namespace Penstock.Server.Commands;

/// <summary><c>penstock keys revoke ID|NAME</c>.</summary>
internal static class KeysRevokeCommand
{
    public static Command Create()
    {
        var key = KeysCommand.KeyArgument();
        var config = KeysCommand.ConfigOption();
        var command = new Command("revoke", "Take a key back, and those that it had before.");
        command.Arguments.Add(key);
        command.Options.Add(config);
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(config), parsed.GetValue(key)!, cancellation));
        return command;
    }

    private static Task<int> RunAsync(string? file, string idOrName, CancellationToken cancellationToken) =>
        KeysStore.RunAsync(file, mayBeNew: false, async (connection, table, _, token) =>
        {
            var now = TimeProvider.System.GetUtcNow();
            var found = await KeyTable.FindAsync(connection, idOrName, token) ?? await KeyTable.FindByNameAsync(connection, idOrName, token);
            if (found is null) return KeysCommand.Fail($"there is no key '{idOrName}'; `penstock keys list` lists the ones that there are");
            var (outcome, key) = await table.ChangeAsync(connection, found.Id, current => current with { Revoked = now }, token);
            Console.Out.WriteLine(outcome == KeyOutcome.Revoked ? $"{key!.Id} ('{key.Name}') was revoked before." : $"{key!.Id} ('{key.Name}') is revoked.");
            return 0;
        }, cancellationToken);
}
