namespace Penstock.Configuration;

/// <summary>How the servers behind a backend's address are found.</summary>
public enum Discovery
{
    /// <summary>The address is one server, or whoever answers there.</summary>
    None,

    /// <summary>Each address that DNS has for its name is a server of its own (a headless Kubernetes service).</summary>
    Dns,
}
