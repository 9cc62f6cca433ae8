using System.CommandLine;

namespace Penstock.Server.Commands;

/// <summary><c>penstock keys …</c>: makes and looks after the keys of the store, and hashes keys for the configuration.</summary>
internal static class KeysCommand
{
    public const string Name = "keys";

    public static Command Create()
    {
        var command = new Command(Name, "Make, list, revoke and rotate the keys of the store; hash a key for the configuration.");
        command.Subcommands.Add(KeysCreateCommand.Create());
        command.Subcommands.Add(KeysListCommand.Create());
        command.Subcommands.Add(KeysRevokeCommand.Create());
        command.Subcommands.Add(KeysRotateCommand.Create());
        command.Subcommands.Add(KeysHashCommand.Create());
        return command;
    }

    public static Option<string> ConfigOption() => new("--config")
    {
        Description = "The configuration file, whose store it is [CONFIG_FILE, else config.yaml if there is one]",
        HelpName = "file",
    };

    public static Option<bool> JsonOption() => new("--json") { Description = "Print JSON" };

    public static Argument<string> KeyArgument() => new("ID|NAME") { Description = "The key's id, or its name" };

    /// <summary>Says on standard error why it did not work.</summary>
    /// <returns>The exit code, which is <paramref name="code"/>.</returns>
    public static int Fail(string message, int code = 1)
    {
        foreach (var line in message.Split('\n')) Console.Error.WriteLine($"penstock: {line}");
        return code;
    }
}
