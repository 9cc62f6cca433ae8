namespace Penstock.Configuration;

/// <summary>How a pool chooses among its backends (<c>policy</c>).</summary>
internal enum PickerPolicy
{
    LeastLoaded,
    RoundRobin,
    Weighted,
    Random,
    Priority,
    PrefixAware,
}
