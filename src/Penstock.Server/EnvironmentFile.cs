using System.Diagnostics.CodeAnalysis;
using DotNetEnv;

namespace Penstock.Server;

/// <summary>Reads <c>.env</c> in the working directory into the environment, never over a variable that is set.</summary>
internal static class EnvironmentFile
{
    private const string Name = ".env";

    /// <returns>False, with the reason, where there is such a file and it cannot be read.</returns>
    public static bool TryLoad([NotNullWhen(false)] out string? problem)
    {
        problem = null;
        // Looked at first: the parser costs its start-up time only where there is something to parse.
        if (!File.Exists(Name)) return true;
        try
        {
            Env.NoClobber().Load(Name);
            return true;
        }
        catch (Exception e)
        {
            problem = $"{Path.GetFullPath(Name)}: {e.Message}";
            return false;
        }
    }
}
