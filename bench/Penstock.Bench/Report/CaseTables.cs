namespace Penstock.Bench.Report;

/// <summary>Results by case, then by proxy, in the order in which they came.</summary>
internal sealed class CaseTables<T>
{
    private readonly OrderedDictionary<string, OrderedDictionary<string, List<T>>> _cases = new(StringComparer.Ordinal);

    public void Add(Row<T> row)
    {
        var name = row.Case ?? row.Kind;
        if (!_cases.TryGetValue(name, out var proxies))
            _cases.Add(name, proxies = new OrderedDictionary<string, List<T>>(StringComparer.Ordinal));
        var proxy = row.Proxy ?? "?";
        if (!proxies.TryGetValue(proxy, out var rounds))
            proxies.Add(proxy, rounds = []);
        rounds.Add(row.Result);
    }

    public void Print(Action<string, OrderedDictionary<string, List<T>>> print)
    {
        foreach (var (name, proxies) in _cases)
            print(name, proxies);
    }
}
