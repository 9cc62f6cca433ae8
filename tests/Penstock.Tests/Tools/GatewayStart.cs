namespace Penstock.Tests.Tools;

/// <summary>How the executable is started: in a folder of its own, with nothing of this process's environment that it would read.</summary>
internal sealed record GatewayStart
{
    /// <summary>The command line, like <c>["serve", "--port", "0"]</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Environment variables, on top of those that the runtime needs.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Files in the working directory, by name.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>False: nobody reads what it prints.</summary>
    public bool IsRead { get; init; } = true;

    /// <summary>True: it starts with its standard output closed.</summary>
    public bool IsOutputClosed { get; init; }

    /// <summary>A gateway on a free port of this machine.</summary>
    public static GatewayStart Serving(string? yaml = null, params (string Name, string Value)[] variables) => new()
    {
        Arguments = ["--host", "127.0.0.1", "--port", "0"],
        Variables = variables.ToDictionary(v => v.Name, v => v.Value),
        Files = yaml is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["config.yaml"] = yaml },
    };

    /// <summary>A command that ends by itself.</summary>
    public static GatewayStart Command(params string[] arguments) => new() { Arguments = arguments };
}
