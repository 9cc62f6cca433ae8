using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Penstock.Telemetry;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Penstock.Configuration;

/// <summary>
/// Puts the configuration together: command line before environment before file before defaults.
/// All errors are found, not the first one only.
/// </summary>
internal sealed class ConfigLoader(ConfigSources sources, IReadOnlyCollection<string> customTypes)
{
    /// <summary>What <c>BACKEND_URL</c> becomes.</summary>
    public const string EnvironmentBackend = "backend";

    private static readonly Dictionary<string, LogLevel> Levels = new(StringComparer.OrdinalIgnoreCase)
    {
        ["trace"] = LogLevel.Trace,
        ["debug"] = LogLevel.Debug,
        ["info"] = LogLevel.Information,
        ["warning"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
        ["none"] = LogLevel.None,
    };

    private static readonly Dictionary<string, LogFormat> Formats = new(StringComparer.OrdinalIgnoreCase)
    {
        ["text"] = LogFormat.Text,
        ["json"] = LogFormat.Json,
    };

    private readonly List<ConfigError> _errors = [];

    /// <summary>The file that counts, whether it exists or not; null where there is to be none.</summary>
    public string? File => (NamedFile ?? sources.DefaultFile) is { } file ? Path.GetFullPath(file, sources.Directory) : null;

    private string? NamedFile => sources.Find("CONFIG_FILE")?.Value;

    public ConfigResult Load()
    {
        _errors.Clear();
        var fromFile = ReadFile();
        var config = Override(fromFile ?? new GatewayConfig { Backends = [] });
        return _errors.Count > 0 ? new ConfigResult(null, [.. _errors]) : new ConfigResult(config, []);
    }

    private GatewayConfig? ReadFile()
    {
        if (File is not { } path) return null;
        string text;
        try
        {
            text = System.IO.File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && NamedFile is null)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            _errors.Add(new ConfigError(path, 0, "", why));
            return null;
        }

        var context = new YamlContext(path, sources.Environment);
        var config = ReadYaml(text, path, context);
        _errors.AddRange(context.Errors);
        return config;
    }

    private GatewayConfig? ReadYaml(string text, string path, YamlContext context)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            // Its message begins with the place, which the error says itself.
            var message = e.InnerException?.Message ?? e.Message;
            context.Add((int)e.Start.Line, "", $"this is not YAML: {message}");
            return null;
        }

        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            // What the parser throws where it has not thought of something. It does not say where.
            context.Add(0, "", $"this is not YAML: {e.Message}");
            return null;
        }

        if (stream.Documents.Count == 0 || stream.Documents[0].RootNode is YamlScalarNode { Value: null or "" }) return new GatewayConfig { Backends = [], File = path };
        if (stream.Documents[0].RootNode is not YamlMappingNode root)
        {
            context.Add(stream.Documents[0].RootNode, "", "the file must be a mapping (key: value)");
            return null;
        }

        if (stream.Documents.Count > 1)
            context.Add(stream.Documents[1].RootNode, "", "the file must be one document; what follows '---' would not be read");
        return ReadRoot(new YamlScope(root, "", context), path);
    }

    private GatewayConfig ReadRoot(YamlScope root, string path)
    {
        var server = ReadServer(root.Mapping("server"));
        var log = ReadLog(root.Mapping("log"));
        var fields = root.Choice("response_fields", new Dictionary<string, ResponseFields>
        {
            ["gateway"] = ResponseFields.Gateway,
            ["upstream"] = ResponseFields.Upstream,
        });
        var backends = ReadBackends(root, out var areAllNamed);
        var defaultBackend = root.String("default_backend");
        // Of an entry whose name cannot be read it may be the one that is meant: one mistake is one error.
        if (areAllNamed && defaultBackend is not null) CheckDefault(root, defaultBackend, backends);
        root.Close();
        return new GatewayConfig
        {
            Server = server,
            Log = log,
            Backends = backends,
            DefaultBackend = defaultBackend,
            ResponseFields = fields ?? ResponseFields.Gateway,
            File = path,
        };
    }

    // BACKEND_URL adds a backend, and is the default then whatever the file says.
    private void CheckDefault(YamlScope root, string name, List<BackendConfig> backends)
    {
        if (backends.Exists(b => b.Name == name)) return;
        if (name != EnvironmentBackend)
            root.Fail("default_backend", $"there is no backend '{name}'{NearestName.Hint(name, backends.Select(b => b.Name))}");
        else if (sources.Find("BACKEND_URL") is null)
            root.Fail("default_backend", $"there is no backend '{name}', and BACKEND_URL is not set");
    }

    private List<BackendConfig> ReadBackends(YamlScope root, out bool areAllNamed)
    {
        var reader = new BackendReader(customTypes);
        var backends = new List<BackendConfig>();
        areAllNamed = true;
        foreach (var scope in root.Mappings("backends"))
        {
            if (reader.Read(scope) is not { } backend) areAllNamed = false;
            else if (backends.Exists(b => b.Name == backend.Name)) scope.Fail("name", $"there are two backends '{backend.Name}'");
            else backends.Add(backend);
        }

        return backends;
    }

    private static ServerConfig ReadServer(YamlScope? scope)
    {
        var defaults = new ServerConfig();
        if (scope is null) return defaults;
        var config = defaults with
        {
            Host = ReadHost(scope) ?? defaults.Host,
            Port = (int?)scope.Integer("port", 0, 65535) ?? defaults.Port,
            ApiKey = scope.String("api_key"),
            AdminKey = scope.String("admin_key"),
            MaxBodyBytes = scope.Integer("max_body_bytes", 1, int.MaxValue) ?? defaults.MaxBodyBytes,
            Validation = scope.Choice("validation", new Dictionary<string, RequestValidation>
            {
                ["strict"] = RequestValidation.Strict,
                ["minimal"] = RequestValidation.Minimal,
            }) ?? defaults.Validation,
            DrainTimeout = scope.Seconds("drain_timeout") ?? defaults.DrainTimeout,
        };
        if (config.ApiKey is { Length: 0 }) scope.Fail("api_key", "the key is empty; leave it out to leave the gateway open");
        scope.Close();
        return config;
    }

    private static string? ReadHost(YamlScope scope)
    {
        if (scope.String("host") is not { } host) return null;
        if (IsHost(host)) return host;
        scope.Fail("host", NotAHost(host));
        return null;
    }

    private static LogConfig ReadLog(YamlScope? scope)
    {
        var defaults = new LogConfig();
        if (scope is null) return defaults;
        var config = defaults with
        {
            Level = scope.Choice("level", Levels) ?? defaults.Level,
            Format = scope.Choice("format", Formats) ?? defaults.Format,
        };
        scope.Close();
        return config;
    }

    private GatewayConfig Override(GatewayConfig config)
    {
        var server = config.Server with
        {
            Host = FindHost() ?? config.Server.Host,
            Port = FindPort() ?? config.Server.Port,
            ApiKey = FindApiKey() ?? config.Server.ApiKey,
        };
        var log = config.Log with
        {
            Level = FindChoice("LOG_LEVEL", Levels) ?? config.Log.Level,
            Format = FindChoice("LOG_FORMAT", Formats) ?? config.Log.Format,
        };
        config = config with { Server = server, Log = log };

        if (sources.Find("BACKEND_URL") is { } url) return AddBackend(config, url.Value, url.Source);
        if (config.Backends.Count > 0 || _errors.Count > 0) return config;
        return config with
        {
            Backends = [new BackendConfig { Name = BackendReader.Echo, Type = BackendReader.Echo }],
            DefaultBackend = BackendReader.Echo,
            IsEchoMode = true,
        };
    }

    private GatewayConfig AddBackend(GatewayConfig config, string text, string source)
    {
        if (!BackendUrl.TryParse(text, out var url, out var error))
        {
            _errors.Add(new ConfigError(source, 0, "", error));
            return config;
        }

        var backend = new BackendConfig { Name = EnvironmentBackend, Type = BackendReader.Http, Url = url };
        return config with
        {
            Backends = [.. config.Backends.Where(b => b.Name != EnvironmentBackend), backend],
            DefaultBackend = EnvironmentBackend,
        };
    }

    // A name could stand for several addresses, and for others tomorrow.
    private static bool IsHost(string text) => text == "localhost" || IPAddress.TryParse(text.Trim('[', ']'), out _);

    private static string NotAHost(string text) => $"'{text}' is not an IP address or localhost";

    private string? FindHost()
    {
        if (sources.Find("HOST") is not { } found || IsHost(found.Value)) return sources.Find("HOST")?.Value;
        _errors.Add(new ConfigError(found.Source, 0, "", NotAHost(found.Value)));
        return null;
    }

    private int? FindPort()
    {
        if (sources.Find("PORT") is not { } found) return null;
        if (int.TryParse(found.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535) return port;
        _errors.Add(new ConfigError(found.Source, 0, "", $"'{found.Value}' is not a port from 0 to 65535"));
        return null;
    }

    private string? FindApiKey()
    {
        var found = sources.Find("API_KEY") ?? sources.Find("AUTHORIZATION");
        if (found is not { } key) return null;
        var value = key.Value.TrimStart();
        value = value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..].Trim() : value.Trim();
        if (value.Length == 0) _errors.Add(new ConfigError(key.Source, 0, "", "the key is empty; leave it out to leave the gateway open"));
        return value;
    }

    private T? FindChoice<T>(string variable, Dictionary<string, T> choices) where T : struct
    {
        if (sources.Find(variable) is not { } found) return null;
        if (choices.TryGetValue(found.Value, out var value)) return value;
        _errors.Add(new ConfigError(found.Source, 0, "",
            $"'{found.Value}' is not one of {string.Join(", ", choices.Keys)}{NearestName.Hint(found.Value, choices.Keys)}"));
        return null;
    }
}
