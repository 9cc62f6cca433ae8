using System.Globalization;

namespace Penstock.Backends.Http.Engines;

/// <summary>A sample in Prometheus' text format: <c>name{label="value",…} number</c>, its parts as they are written.</summary>
internal readonly ref struct MetricLine(ReadOnlySpan<byte> name, ReadOnlySpan<byte> labels, ReadOnlySpan<byte> value)
{
    public ReadOnlySpan<byte> Name { get; } = name;

    private readonly ReadOnlySpan<byte> _labels = labels;
    private readonly ReadOnlySpan<byte> _value = value;

    /// <summary>The number; null where it is none, is not finite or is below zero, which nothing that is read here can be.</summary>
    public double? Value
    {
        get
        {
            // A timestamp or an exemplar may follow.
            var end = _value.IndexOfAny((byte)' ', (byte)'\t');
            var text = end < 0 ? _value : _value[..end];
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number >= 0 ? number : null;
        }
    }

    /// <summary>A label's value as it is written; empty where there is no such label.</summary>
    public ReadOnlySpan<byte> Label(ReadOnlySpan<byte> name)
    {
        var rest = _labels;
        while (rest.TrimStart(", \t"u8) is { Length: > 0 } label && label.IndexOf((byte)'=') is > 0 and var equals)
        {
            var quoted = label[(equals + 1)..].TrimStart(" \t"u8);
            var length = LengthOfQuoted(quoted);
            if (length == 0) return default;
            if (label[..equals].TrimEnd(" \t"u8).SequenceEqual(name)) return quoted[1..(length - 1)];
            rest = quoted[length..];
        }

        return default;
    }

    /// <summary>How long the quoted text is that this begins with, quotes included; 0 where it has no end.</summary>
    public static int LengthOfQuoted(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != (byte)'"') return 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == (byte)'\\') i++;
            else if (text[i] == (byte)'"') return i + 1;
        }

        return 0;
    }
}
