using Penstock.Backends;

namespace Penstock.Runtime;

/// <summary>Something that is done with one backend again and again, from its making until it is disposed.</summary>
internal interface IBackendLoop : IAsyncDisposable
{
    /// <summary>The backend as it is configured now.</summary>
    Backend Backend { set; }
}
