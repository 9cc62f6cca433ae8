namespace Penstock.Server.Mock;

/// <summary>What answers at a path, and to which method.</summary>
internal sealed record MockRoute(string Method, RequestDelegate Handler);
