using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>Any, by chance, weights aside.</summary>
internal sealed class RandomPicker : IBackendPicker
{
    public Backend Pick(ReadOnlySpan<Backend> members) => members[Random.Shared.Next(members.Length)];
}
