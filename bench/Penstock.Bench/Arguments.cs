using System.Globalization;

namespace Penstock.Bench;

/// <summary>
/// <c>--name value</c> and <c>--flag</c>. Every command names what it reads and then calls <see cref="RejectRest"/>, so
/// that a misspelt option is an error and not a measurement of something else.
/// </summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    public Arguments(ReadOnlySpan<string> args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
                throw new UsageException($"'{args[i]}' is not an option");

            var name = args[i];
            if (!_values.TryGetValue(name, out var list))
                _values[name] = list = [];
            if (i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal))
                list.Add(args[++i]);
            else
                list.Add("");
        }
    }

    public bool Flag(string name) => _values.Remove(name);

    public string? Text(string name)
    {
        if (!_values.Remove(name, out var list))
            return null;
        return list[^1].Length > 0 ? list[^1] : throw new UsageException($"{name} needs a value");
    }

    public string Required(string name) => Text(name) ?? throw new UsageException($"{name} is required");

    public int Number(string name, int fallback)
    {
        var text = Text(name);
        if (text is null)
            return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new UsageException($"{name} needs a whole number, not '{text}'");
    }

    public TimeSpan Seconds(string name, double fallback)
    {
        var text = Text(name);
        if (text is null)
            return TimeSpan.FromSeconds(fallback);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and < 86400
            ? TimeSpan.FromSeconds(value)
            : throw new UsageException($"{name} needs seconds, not '{text}'");
    }

    /// <summary><c>--pid 1 --pid 2</c> and <c>--pids 1,2</c>, together.</summary>
    public IReadOnlyList<int> Pids()
    {
        var texts = new List<string>();
        if (_values.Remove("--pid", out var single))
            texts.AddRange(single);
        if (_values.Remove("--pids", out var lists))
        {
            foreach (var list in lists)
                texts.AddRange(list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }

        var pids = new List<int>(texts.Count);
        foreach (var text in texts)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || pid == 0)
                throw new UsageException($"'{text}' is not a process id");
            pids.Add(pid);
        }

        return pids;
    }

    public void RejectRest()
    {
        foreach (var name in _values.Keys)
            throw new UsageException($"{name} is not an option of this command");
    }
}
