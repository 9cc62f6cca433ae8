using Penstock.Protocol;

namespace Penstock.Endpoints;

/// <summary>One thing that can be asked of the gateway.</summary>
/// <param name="Pattern">Its path, as ASP.NET Core routes it.</param>
/// <param name="Endpoint">What metrics and spans call it.</param>
/// <param name="Method">The method that it takes; GET takes HEAD too. Null: any.</param>
/// <param name="Handle">Answers, or returns the error that is the answer.</param>
internal sealed record Route(string Pattern, string Endpoint, string? Method, Func<Exchange, ValueTask<ApiError?>> Handle)
{
    /// <summary>Whether it is part of the API: needs the key, is measured, and is waited for at the end.</summary>
    public bool IsApi { get; } = Endpoint.StartsWith("/v1/", StringComparison.Ordinal);

    /// <summary>Whether it is the operator's: needs the admin key, and is not there without one.</summary>
    public bool IsAdmin { get; } = Endpoint.StartsWith("/admin/", StringComparison.Ordinal);

    /// <summary>The methods that it takes, for <c>Allow</c>.</summary>
    public string Allow => Method == "GET" ? "GET, HEAD" : Method ?? "";

    public bool Takes(string method) => Method is null || method == Method || (method == "HEAD" && Method == "GET");
}
