using System.Text;

namespace Penstock.Configuration;

/// <summary>
/// Puts environment variables into a value: <c>${NAME}</c>, or <c>${NAME:-default}</c> for one that may be unset or
/// empty; <c>$${</c> is a literal <c>${</c>. It works on values that YAML has parsed already, so that no variable's
/// content can become structure.
/// </summary>
internal static class Interpolation
{
    /// <returns>The value, or null and what is wrong.</returns>
    public static string? Expand(string text, Func<string, string?> environment, out string? error)
    {
        error = null;
        if (!text.Contains('$', StringComparison.Ordinal)) return text;

        var result = new StringBuilder();
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var at = rest.IndexOf("${", StringComparison.Ordinal);
            if (at < 0) break;
            if (at > 0 && rest[at - 1] == '$')
            {
                result.Append(rest[..(at - 1)]).Append("${");
                rest = rest[(at + 2)..];
                continue;
            }

            result.Append(rest[..at]);
            rest = rest[(at + 2)..];
            var end = rest.IndexOf('}');
            if (end < 0)
            {
                error = "'${' without its '}' (write '$${' for a literal one)";
                return null;
            }

            var name = rest[..end].ToString();
            rest = rest[(end + 1)..];
            var separator = name.IndexOf(":-", StringComparison.Ordinal);
            var fallback = separator < 0 ? null : name[(separator + 2)..];
            if (separator >= 0) name = name[..separator];
            if (fallback?.Contains("${", StringComparison.Ordinal) == true)
            {
                error = "a default cannot have a '${' in it";
                return null;
            }

            var value = environment(name);
            if (string.IsNullOrEmpty(value)) value = fallback ?? value;
            if (value is null)
            {
                error = $"the environment variable '{name}' is not set (write ${{{name}:-default}} where it may be)";
                return null;
            }

            result.Append(value);
        }

        return result.Append(rest).ToString();
    }
}
