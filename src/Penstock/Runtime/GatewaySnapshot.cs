using Penstock.Accounting;
using Penstock.Admission;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Routing;

namespace Penstock.Runtime;

/// <summary>
/// The living picture of a configuration: resolved, ready for requests, immutable. A request reads it once and keeps
/// it, so that it never sees half a reload.
/// </summary>
internal sealed record GatewaySnapshot
{
    public required GatewayConfig Config { get; init; }
    public required IReadOnlyList<Backend> Backends { get; init; }
    public required ModelRouter Router { get; init; }
    public required ModelCatalog Catalog { get; init; }
    public required Authenticator Authenticator { get; init; }
    public required LimitTerms Limits { get; init; }
    public required PriceTable Prices { get; init; }

    /// <summary>What <c>/admin</c> needs; null: there is no <c>/admin</c>.</summary>
    public BearerKey? AdminKey { get; init; }
}
