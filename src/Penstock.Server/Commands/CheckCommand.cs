using System.CommandLine;
using Penstock.Configuration;

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

    // 0 when the configuration is valid, 1 when it is not.
    private static async Task<int> RunAsync(string? file, CancellationToken cancellationToken)
    {
        if (!EnvironmentFile.TryLoad(out var problem))
        {
            await Console.Error.WriteLineAsync($"penstock: {problem}".AsMemory(), cancellationToken);
            return 1;
        }

        var options = new ServeOptions { Config = file };
        var loader = new ConfigLoader(new ConfigSources { CommandLine = options.ToVariables() }, customTypes: []);
        var (config, errors) = loader.Load();
        foreach (var error in errors) await Console.Error.WriteLineAsync(error.ToString().AsMemory(), cancellationToken);
        if (config is null)
        {
            await Console.Error.WriteLineAsync($"{errors.Count} {(errors.Count == 1 ? "error" : "errors")}.".AsMemory(), cancellationToken);
            return 1;
        }

        if (!GatewayHost.TryLoadCertificate(config.Server, out _, out problem))
        {
            await Console.Error.WriteLineAsync($"{problem}\n1 error.".AsMemory(), cancellationToken);
            return 1;
        }

        await Console.Out.WriteLineAsync($"# {config.File ?? "No file: environment and defaults"}".AsMemory(), cancellationToken);
        await Console.Out.WriteAsync(ConfigPrinter.Print(config).AsMemory(), cancellationToken);
        return 0;
    }
}
