namespace Penstock.Configuration;

/// <summary>The names of backends that the rest of a file may refer to.</summary>
/// <param name="names">Those of the file.</param>
/// <param name="areAll">Whether there is no entry whose name cannot be read. It may be the one that is meant, and one mistake is one error.</param>
/// <param name="hasBackendUrl">Whether a variable adds one.</param>
internal sealed class BackendNames(IReadOnlyCollection<string> names, bool areAll, bool hasBackendUrl)
{
    public IReadOnlyCollection<string> All => names;

    public bool MayHave(string name) => !areAll || names.Contains(name) || (hasBackendUrl && name == VariableOverrides.BackendName);

    /// <summary>What is wrong with a name that is not there.</summary>
    /// <param name="name">The name.</param>
    /// <param name="others">What else could be meant there.</param>
    public string Refuse(string name, IEnumerable<string> others) => name == VariableOverrides.BackendName
        ? $"there is no backend '{name}', and BACKEND_URL is not set"
        : $"there is no backend '{name}'{NearestName.Hint(name, names.Concat(others))}";
}
