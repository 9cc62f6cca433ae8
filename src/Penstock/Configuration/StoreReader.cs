using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Penstock.Configuration;

/// <summary>Reads <c>store</c>: <c>sqlite:penstock.db</c> or <c>postgres://user:password@host:port/database</c>. Errors never show the password.</summary>
internal static class StoreReader
{
    private const string Sqlite = "sqlite:";

    private static readonly string[] SslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

    public static StoreConfig? Read(YamlScope root)
    {
        if (root.String("store") is not { } text) return null;
        if (TryParse(text, out var store, out var error)) return store;
        root.Fail("store", error);
        return null;
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out StoreConfig? store, [NotNullWhen(false)] out string? error)
    {
        store = null;
        text = text.Trim();
        if (text.StartsWith(Sqlite, StringComparison.Ordinal)) return TryParseFile(text[Sqlite.Length..], out store, out error);
        if (text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal))
            return TryParseServer(text, out store, out error);
        error = "this must be sqlite:FILE, or postgres://user:password@host:port/database";
        return false;
    }

    /// <summary>How it is written, the password masked.</summary>
    public static string Print(StoreConfig store)
    {
        if (store.Postgres is not { } server) return $"{Sqlite}{(Path.IsPathRooted(store.Path) ? "//" : "")}{store.Path}";
        var password = server.Password is null ? "" : ":***";
        var user = server.User is null ? "" : $"{Uri.EscapeDataString(server.User)}{password}@";
        var isFolder = server.Host.StartsWith('/');
        var host = isFolder ? "" : server.Host.Contains(':', StringComparison.Ordinal) ? $"[{server.Host}]" : server.Host;
        var options = new List<string> { $"sslmode={server.SslMode}" };
        if (isFolder) options.Add($"host={Uri.EscapeDataString(server.Host)}");
        if (server.RootCertificate is { } root) options.Add($"sslrootcert={Uri.EscapeDataString(root)}");
        return string.Create(CultureInfo.InvariantCulture,
            $"postgres://{user}{host}:{server.Port}/{Uri.EscapeDataString(server.Database)}?{string.Join('&', options)}");
    }

    // sqlite:penstock.db and sqlite:/var/lib/penstock.db, and with the slashes of an address.
    private static bool TryParseFile(string path, out StoreConfig? store, out string? error)
    {
        if (path.StartsWith("//", StringComparison.Ordinal)) path = path[2..];
        error = path.Length == 0 || path.EndsWith('/') ? "the name of the file is missing: sqlite:penstock.db"
            : path.StartsWith(":memory:", StringComparison.Ordinal) ? "a database in memory does not last; leave store out to have none"
            : null;
        store = error is null ? new StoreConfig { Kind = StoreKind.Sqlite, Path = path } : null;
        return error is null;
    }

    private static bool TryParseServer(string text, out StoreConfig? store, out string? error)
    {
        store = null;
        // .NET knows no address without a host, and a socket's folder stands behind the question mark.
        var authority = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var rest = text[authority..];
        var at = rest.AsSpan(0, IndexOrEnd(rest, '/')).LastIndexOf('@');
        var (login, place) = at < 0 ? ("", rest) : (rest[..at], rest[(at + 1)..]);
        if (place.StartsWith('/') || place.StartsWith(':')) place = "localhost" + place;
        error = "this is not an address like postgres://user:password@host:5432/database";
        if (!Uri.TryCreate("postgres://" + place, UriKind.Absolute, out var url)) return false;

        var colon = login.IndexOf(':', StringComparison.Ordinal);
        var server = new PostgresAddress
        {
            Host = url.Host.Trim('[', ']'),
            Port = url.Port > 0 ? url.Port : PostgresAddress.DefaultPort,
            Database = Uri.UnescapeDataString(url.AbsolutePath.Trim('/')),
            User = login.Length == 0 ? null : Uri.UnescapeDataString(colon < 0 ? login : login[..colon]),
            Password = colon < 0 ? null : Uri.UnescapeDataString(login[(colon + 1)..]),
        };
        error = server.Database.Length == 0 ? "the database is missing: postgres://user:password@host:5432/database" : null;
        foreach (var option in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = IndexOrEnd(option, '=');
            var value = Uri.UnescapeDataString(option[Math.Min(equals + 1, option.Length)..]);
            switch (option[..equals])
            {
                case "sslmode" when SslModes.Contains(value):
                    server = server with { SslMode = value };
                    break;
                case "sslmode":
                    error ??= $"sslmode '{value}' is not one of {string.Join(", ", SslModes)}{NearestName.Hint(value, SslModes)}";
                    break;
                case "sslrootcert" when value.Length > 0:
                    server = server with { RootCertificate = value };
                    break;
                case "host" when value.Length > 0:
                    server = server with { Host = value };
                    break;
                default:
                    error ??= $"the option '{option[..equals]}' is not one of host, sslmode, sslrootcert";
                    break;
            }
        }

        store = error is null ? new StoreConfig { Kind = StoreKind.Postgres, Postgres = server } : null;
        return error is null;
    }

    private static int IndexOrEnd(string text, char c) => text.IndexOf(c, StringComparison.Ordinal) is >= 0 and var index ? index : text.Length;
}
