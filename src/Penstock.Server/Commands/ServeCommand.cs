using System.CommandLine;
using Penstock.Configuration;

namespace Penstock.Server.Commands;

/// <summary><c>penstock serve</c>, and <c>penstock</c> by itself.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";

    /// <summary>Adds the command to <paramref name="root"/>, and its options and action to the root itself.</summary>
    public static void AddTo(RootCommand root)
    {
        var port = CommandOptions.Port("The port to listen on [PORT, else 8080]; 0 picks a free one");
        var host = new Option<string>("--host")
        {
            Description = "The address to listen on [HOST, else 0.0.0.0]",
            HelpName = "address",
        };
        var config = new Option<string>("--config")
        {
            Description = "The configuration file [CONFIG_FILE, else config.yaml if there is one]",
            HelpName = "file",
        };
        var backendUrl = new Option<string>("--backend-url")
        {
            Description = "The base URL of an OpenAI-compatible server to forward to [BACKEND_URL, else echo]",
            HelpName = "url",
        };

        var serve = new Command(Name, "Serve the gateway (what penstock does without a command).");
        foreach (var command in (Command[])[root, serve])
        {
            command.Options.Add(port);
            command.Options.Add(host);
            command.Options.Add(config);
            command.Options.Add(backendUrl);
            command.SetAction((parsed, cancellation) => RunAsync(
                new ServeOptions
                {
                    Port = parsed.GetValue(port),
                    Host = parsed.GetValue(host),
                    Config = parsed.GetValue(config),
                    BackendUrl = parsed.GetValue(backendUrl),
                },
                cancellation));
        }

        root.Subcommands.Add(serve);
    }

    /// <returns>0 after a drain, 1 when it could not start.</returns>
    public static async Task<int> RunAsync(ServeOptions options, CancellationToken cancellationToken)
    {
        if (!EnvironmentFile.TryLoad(out var problem))
        {
            await Console.Error.WriteLineAsync($"penstock: {problem}".AsMemory(), cancellationToken);
            return 1;
        }

        var loader = new ConfigLoader(new ConfigSources { CommandLine = options.ToVariables() }, customTypes: []);
        var (config, errors) = loader.Load();
        if (config is not null) return await GatewayHost.RunAsync(loader, config, cancellationToken);

        foreach (var error in errors) await Console.Error.WriteLineAsync($"penstock: {error}".AsMemory(), cancellationToken);
        return 1;
    }
}
