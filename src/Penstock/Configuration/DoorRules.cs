namespace Penstock.Configuration;

/// <summary>What the keys and ports of the door say of each other, wherever each of them was written.</summary>
internal static class DoorRules
{
    public static void Check(GatewayConfig config, List<ConfigError> errors)
    {
        var server = config.Server;
        void Fail(string key, string variable, string message) =>
            errors.Add(config.File is null ? new ConfigError(variable, 0, "", message) : new ConfigError(config.File, 0, $"server.{key}", message));

        if (server.AdminKey is { Length: > 0 } key && key == server.ApiKey)
            Fail("admin_key", "ADMIN_KEY", "the callers have the same key (api_key), and would be administrators");
        if (server.AdminKey is { Length: > 0 } && config.Auth?.Keys.FirstOrDefault(caller => caller.Hash == KeyHash.Of(server.AdminKey)) is { } same)
            Fail("admin_key", "ADMIN_KEY", $"the caller '{same.Name}' has the same key, and would be an administrator");
        if (IsTaken(server.AdminPort, server.Port)) Fail("admin_port", "ADMIN_PORT", $"{server.AdminPort} is the callers' port; an admin port is one of its own");
        if (IsTaken(server.H2cPort, server.Port) || IsTaken(server.H2cPort, server.AdminPort))
            Fail("h2c_port", "H2C_PORT", $"{server.H2cPort} is another port already");
    }

    // Of a port that is picked nobody knows yet.
    private static bool IsTaken(int? port, int? other) => port is > 0 && port == other;
}
