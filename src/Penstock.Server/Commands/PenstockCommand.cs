using System.CommandLine;
using System.CommandLine.Parsing;

namespace Penstock.Server.Commands;

/// <summary>The command line: parsed here, run by the command that it names.</summary>
internal static class PenstockCommand
{
    /// <summary>The exit code for a command line that cannot be understood, as shells and getopt have it.</summary>
    public const int UsageError = 2;

    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        // Nothing to parse, as in a container: then the parser's own start is not paid for.
        if (args.Count == 0) return await ServeCommand.RunAsync(new ServeOptions(), CancellationToken.None);

        var root = Create();
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (!TryAccept(root, parsed, Console.Error))
            return UsageError;

        // Signals belong to the host, which drains; the library's own handling would end the process after 2 s.
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        });
    }

    /// <summary>The whole tree: <c>penstock</c> by itself serves.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("An OpenAI-compatible gateway in front of inference servers.");
        root.Directives.Clear();
        ServeCommand.AddTo(root);
        root.Subcommands.Add(MockCommand.Create());
        root.Subcommands.Add(CheckCommand.Create());
        root.Subcommands.Add(UsageCommand.Create());
        root.Subcommands.Add(KeysCommand.Create());
        return root;
    }

    private static bool TryAccept(RootCommand root, ParseResult parsed, TextWriter error)
    {
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
                error.WriteLine($"penstock: {problem.Message}");

            error.WriteLine($"Try '{HelpOf(root, parsed)}'.");
            return false;
        }

        // `penstock --port 1 mock` parses, but the port would be the gateway's and be forgotten.
        if (parsed.CommandResult.Command is not ({ Name: ServeCommand.Name } or RootCommand)
            && parsed.RootCommandResult.Children.OfType<OptionResult>().FirstOrDefault(o => !o.Implicit) is { } stray)
        {
            var command = parsed.CommandResult.Command.Name;
            error.WriteLine($"penstock: Write '{stray.Option.Name}' after '{command}': before it, it is an option of 'serve'.");
            error.WriteLine($"Try '{HelpOf(root, parsed)}'.");
            return false;
        }

        return true;
    }

    // A command of a command is named with what it is a command of.
    private static string HelpOf(RootCommand root, ParseResult parsed)
    {
        var names = new List<string> { "--help" };
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult { Command: var command } && command != root; result = result.Parent)
            names.Insert(0, command.Name);
        return $"penstock {string.Join(' ', names)}";
    }
}
