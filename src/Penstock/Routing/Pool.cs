using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>Backends any of which may answer, and the policy that chooses among them. A single backend is a pool of one.</summary>
internal sealed class Pool(Backend[] members, IBackendPicker picker)
{
    public ReadOnlySpan<Backend> Members => members;

    public Backend Pick() => picker.Pick(members);
}
