using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Penstock.Server.Commands;

/// <summary>Options with bounds, whose errors say what would be right.</summary>
internal static class CommandOptions
{
    public const int MaxPort = 65535;

    public static Option<int?> Port(string description) => Int("--port", "port", description, 0, MaxPort);

    public static Option<int?> Int(string name, string helpName, string description, int min, int max) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
        {
            if (int.TryParse(Text(result), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                && value >= min && value <= max)
                return value;

            result.AddError($"{name} takes a whole number from {min} to {max}, not '{Text(result)}'.");
            return null;
        },
    };

    public static Option<double?> Share(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
        {
            if (double.TryParse(Text(result), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && value is >= 0 and <= 1)
                return value;

            result.AddError($"{name} takes a number from 0 to 1, not '{Text(result)}'.");
            return null;
        },
    };

    private static string Text(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
}
