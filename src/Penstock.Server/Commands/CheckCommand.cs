using System.CommandLine;

namespace Penstock.Server.Commands;

/// <summary><c>penstock check [FILE]</c>: validates a configuration.</summary>
internal static class CheckCommand
{
    public const string Name = "check";

    public static Command Create()
    {
        var file = new Argument<string?>("FILE")
        {
            Description = "The configuration file [CONFIG_FILE, else config.yaml]",
            Arity = ArgumentArity.ZeroOrOne,
        };

        var command = new Command(Name, "Validate a configuration and print what it resolves to, secrets masked.");
        command.Arguments.Add(file);
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(file), cancellation));
        return command;
    }

    // SEAM: the check goes here. Returns the exit code: 0 when the configuration is valid, 1 when it is not.
    private static async Task<int> RunAsync(string? file, CancellationToken cancellationToken)
    {
        _ = file;
        await Console.Error.WriteLineAsync("penstock: check is not built yet".AsMemory(), cancellationToken);
        return PenstockCommand.UsageError;
    }
}
