using System.CommandLine;
using Penstock.Configuration;

namespace Penstock.Server.Commands;

/// <summary><c>penstock keys hash [KEY]</c>: what <c>key_hash</c> takes in the configuration.</summary>
internal static class KeysHashCommand
{
    public static Command Create()
    {
        var key = new Argument<string?>("KEY")
        {
            Description = "The key [a line of standard input, which no list of processes shows]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("hash", "Print the hash of a key, for key_hash in the configuration.");
        command.Arguments.Add(key);
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(key), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string? key, CancellationToken cancellationToken)
    {
        key ??= (await Console.In.ReadLineAsync(cancellationToken))?.Trim();
        if (string.IsNullOrEmpty(key)) return KeysCommand.Fail("the key is empty", PenstockCommand.UsageError);
        if (!key.All(c => c is > ' ' and < '\x7f')) return KeysCommand.Fail("a key has visible ASCII characters only", PenstockCommand.UsageError);
        Console.Out.WriteLine(KeyHash.Of(key).ToString());
        return 0;
    }
}
