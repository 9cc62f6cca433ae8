using System.Globalization;

namespace Penstock.Server.Commands;

/// <summary>What the command line said to <c>penstock serve</c>; null where it said nothing.</summary>
internal sealed record ServeOptions
{
    public int? Port { get; init; }

    public string? Host { get; init; }

    public string? Config { get; init; }

    public string? BackendUrl { get; init; }

    /// <summary>The options under the names of the variables that they override.</summary>
    public Dictionary<string, string> ToVariables()
    {
        var variables = new Dictionary<string, string>();
        if (Port is { } port) variables["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        if (Host is not null) variables["HOST"] = Host;
        if (Config is not null) variables["CONFIG_FILE"] = Config;
        if (BackendUrl is not null) variables["BACKEND_URL"] = BackendUrl;
        return variables;
    }
}
