namespace Penstock.Bench.Load;

/// <summary>What went wrong, counted by kind. A run that goes wrong too often is not worth finishing.</summary>
internal sealed class ErrorLog
{
    private const int Limit = 1000;
    private const int KindLimit = 20;

    private readonly Dictionary<string, int> _kinds = new(StringComparer.Ordinal);

    public int Count { get; private set; }

    public bool IsHopeless => Count >= Limit;

    public void Add(string what)
    {
        Count++;
        if (_kinds.Count >= KindLimit && !_kinds.ContainsKey(what))
            what = "other errors";
        _kinds[what] = _kinds.GetValueOrDefault(what) + 1;
    }

    public void Print(TextWriter writer)
    {
        foreach (var (what, count) in _kinds)
            writer.WriteLine($"error, {count} times: {what}");
        if (IsHopeless)
            writer.WriteLine("too many errors: stopped early");
    }
}
