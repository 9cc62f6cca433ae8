namespace Penstock.Configuration;

/// <summary>Something wrong in what the operator wrote.</summary>
/// <param name="Source">The file, or the name of the environment variable or option.</param>
/// <param name="Line">The line in the file, from 1; 0 where there is none.</param>
/// <param name="Path">The place in the structure, like <c>backends[1].url</c>; may be empty.</param>
/// <param name="Message">What is wrong and what to do about it.</param>
internal sealed record ConfigError(string Source, int Line, string Path, string Message)
{
    public override string ToString() =>
        (Line > 0 ? $"{Source}:{Line}: " : $"{Source}: ") + (Path.Length > 0 ? $"{Path}: " : "") + Message;
}
