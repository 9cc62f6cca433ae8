using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Penstock.Tests.Tools;

/// <summary>The syntax of Prometheus expositions, and the order in which their lines may come.</summary>
internal sealed partial class PrometheusParser(string text, bool openMetrics)
{
    private static readonly string[] ClassicTypes = ["counter", "gauge", "histogram", "summary", "untyped"];

    private static readonly string[] OpenMetricsTypes =
        ["counter", "gauge", "histogram", "gaugehistogram", "stateset", "info", "summary", "unknown"];

    private readonly List<PrometheusFamily> _families = [];
    private readonly Dictionary<string, PrometheusFamily> _byName = [];
    private readonly HashSet<string> _metadata = [];
    private readonly HashSet<string> _series = [];
    private PrometheusFamily? _current;
    private string _line = "";
    private int _number;
    private int _at;

    public IReadOnlyList<PrometheusFamily> Parse()
    {
        var lines = text.Split('\n');
        var ended = false;
        // The last piece is what follows the last line feed: nothing, or a line that was not ended.
        for (var i = 0; i < lines.Length; i++)
        {
            _number = i + 1;
            _line = lines[i];
            _at = 0;
            var last = i == lines.Length - 1;
            if (last && _line.Length == 0)
                break;
            if (ended)
                throw Refuse("something follows # EOF");
            if (_line.EndsWith('\r'))
                throw Refuse("a carriage return ends the line");
            ended = openMetrics && _line == "# EOF";
            if (last && !ended)
                throw Refuse("the last line has no line feed");
            if (!ended)
                ParseLine();
        }

        if (openMetrics && !ended)
            throw Refuse("# EOF is missing");
        return _families;
    }

    private void ParseLine()
    {
        if (_line.StartsWith('#'))
        {
            ParseComment();
        }
        else if (_line.AsSpan().Trim(" \t").IsEmpty)
        {
            if (openMetrics)
                throw Refuse("an empty line");
        }
        else
        {
            ParseSample();
        }
    }

    private void ParseComment()
    {
        var match = (openMetrics ? OpenMetricsMetadata() : ClassicMetadata()).Match(_line);
        if (!match.Success)
        {
            if (openMetrics)
                throw Refuse("neither HELP, TYPE, UNIT nor EOF");
            if (ClassicMetadataStart().IsMatch(_line))
                throw Refuse("HELP or TYPE without a name, or TYPE without a type");
            return;
        }

        var (keyword, name, rest) = (match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value);
        if (!MetricName().IsMatch(name))
            throw Refuse($"'{name}' is no metric name");
        if (!_metadata.Add($"{keyword} {name}"))
            throw Refuse($"a second {keyword} of {name}");
        var family = Enter(name);
        if (family.Samples.Count > 0)
            throw Refuse($"{keyword} of {name} after its samples");

        switch (keyword)
        {
            case "HELP":
                family.Help = Unescape(rest, quotes: openMetrics);
                break;
            case "UNIT":
                if (rest.Length > 0 && !name.EndsWith("_" + rest, StringComparison.Ordinal))
                    throw Refuse($"the name {name} does not end in its unit {rest}");
                family.Unit = rest;
                break;
            default:
                if (!(openMetrics ? OpenMetricsTypes : ClassicTypes).Contains(rest))
                    throw Refuse($"'{rest}' is no type");
                family.Type = rest;
                break;
        }
    }

    private void ParseSample()
    {
        var name = Take(MetricNameStart(), "a metric name");
        if (!openMetrics)
            Blanks();
        var labels = Peek('{') ? ParseLabels() : [];
        Separator(optional: !openMetrics && labels.Count > 0);
        var value = Number(Token("a value"));
        double? timestamp = null;
        var exemplar = false;
        if (openMetrics)
        {
            if (_at < _line.Length && !At(" # "))
            {
                Separator(optional: false);
                timestamp = Timestamp(Token("a timestamp"));
            }

            if (At(" # "))
            {
                _at += 3;
                ParseExemplar();
                exemplar = true;
            }
        }
        else
        {
            Blanks();
            if (_at < _line.Length)
            {
                timestamp = Timestamp(Token("a timestamp"));
                Blanks();
            }
        }

        if (_at < _line.Length)
            throw Refuse($"'{_line[_at..]}' is left over");

        var family = Enter(FamilyOf(name));
        var sample = new PrometheusSample
        {
            Name = name,
            Labels = labels,
            Value = value,
            Timestamp = timestamp,
            HasExemplar = exemplar,
            Line = _number,
        };
        if (!_series.Add(sample.Series()))
            throw Refuse($"{sample.Series()} stands here for the second time");
        family.Samples.Add(sample);
    }

    private void ParseExemplar()
    {
        if (!Peek('{'))
            throw Refuse("an exemplar begins with its labels");
        // 128 characters of names and values is the limit of OpenMetrics 1.0.
        if (ParseLabels().Sum(l => l.Key.Length + l.Value.EnumerateRunes().Count()) > 128)
            throw Refuse("the exemplar's labels are longer than 128 characters");
        Separator(optional: false);
        Number(Token("an exemplar's value"));
        if (_at == _line.Length)
            return;
        Separator(optional: false);
        Timestamp(Token("an exemplar's timestamp"));
    }

    private List<KeyValuePair<string, string>> ParseLabels()
    {
        var labels = new List<KeyValuePair<string, string>>();
        _at++;
        while (true)
        {
            BlanksIfClassic();
            if (Peek('}') && (labels.Count == 0 || !openMetrics))
                break;
            var name = Take(LabelNameStart(), "a label name");
            if (name.StartsWith("__", StringComparison.Ordinal))
                throw Refuse($"the label name {name} is reserved");
            if (labels.Exists(l => l.Key == name))
                throw Refuse($"the label {name} comes twice");
            BlanksIfClassic();
            Expect('=');
            BlanksIfClassic();
            labels.Add(new(name, QuotedValue()));
            BlanksIfClassic();
            if (Peek('}'))
                break;
            Expect(',');
        }

        _at++;
        return labels;
    }

    private string QuotedValue()
    {
        Expect('"');
        var start = _at;
        while (_at < _line.Length && _line[_at] != '"')
            _at += _line[_at] == '\\' ? 2 : 1;
        if (_at >= _line.Length)
            throw Refuse("a label value without its closing quote");
        return Unescape(_line[start.._at++], quotes: true);
    }

    private string Unescape(string escaped, bool quotes)
    {
        var result = new StringBuilder();
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '\\')
            {
                result.Append(escaped[i]);
                continue;
            }

            result.Append((i + 1 < escaped.Length ? escaped[++i] : '\0') switch
            {
                '\\' => '\\',
                'n' => '\n',
                '"' when quotes => '"',
                _ => throw Refuse($"an escape in '{escaped}' that is none of \\\\, \\n{(quotes ? " and \\\"" : "")}"),
            });
        }

        return result.ToString();
    }

    /// <summary>The family whose samples come now; leaving one for another is for good.</summary>
    private PrometheusFamily Enter(string name)
    {
        if (_current?.Name == name)
            return _current;
        if (_byName.ContainsKey(name))
            throw Refuse($"the lines of {name} are not one group");
        _current = new PrometheusFamily(name) { Type = openMetrics ? "unknown" : "untyped" };
        _byName.Add(name, _current);
        _families.Add(_current);
        return _current;
    }

    private string FamilyOf(string sample)
    {
        foreach (var family in _families)
        {
            foreach (var suffix in PrometheusRules.Suffixes(family.Type, openMetrics))
            {
                if (sample == family.Name + suffix)
                    return family.Name;
            }
        }

        if (_byName.TryGetValue(sample, out var same))
            throw Refuse($"{sample} is not a sample that the {same.Type} {sample} may have");
        return sample;
    }

    private double Number(string token)
    {
        if (token is "NaN")
            return double.NaN;
        if (token is "+Inf" or "-Inf")
            return token[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        return Decimal().IsMatch(token)
            ? double.Parse(token, CultureInfo.InvariantCulture)
            : throw Refuse($"'{token}' is no number");
    }

    private double Timestamp(string token) => (openMetrics ? Decimal() : Integer()).IsMatch(token)
        ? double.Parse(token, CultureInfo.InvariantCulture)
        : throw Refuse($"'{token}' is no timestamp");

    private bool Peek(char c) => _at < _line.Length && _line[_at] == c;

    private bool At(string s) => string.CompareOrdinal(_line, _at, s, 0, s.Length) == 0;

    private void Expect(char c)
    {
        if (!Peek(c))
            throw Refuse($"'{c}' is missing at '{_line[Math.Min(_at, _line.Length)..]}'");
        _at++;
    }

    private int Blanks()
    {
        var start = _at;
        while (Peek(' ') || Peek('\t'))
            _at++;
        return _at - start;
    }

    private void BlanksIfClassic()
    {
        if (!openMetrics)
            Blanks();
    }

    private void Separator(bool optional)
    {
        if (openMetrics)
        {
            Expect(' ');
            return;
        }

        // The blanks after a name without labels are taken already.
        if (Blanks() == 0 && !optional && (_at == 0 || _line[_at - 1] is not (' ' or '\t')))
            throw Refuse($"a blank is missing at '{_line[_at..]}'");
    }

    private string Token(string what)
    {
        var start = _at;
        while (_at < _line.Length && _line[_at] is not (' ' or '\t'))
            _at++;
        return _at > start ? _line[start.._at] : throw Refuse($"{what} is missing");
    }

    private string Take(Regex pattern, string what)
    {
        var match = pattern.Match(_line, _at);
        if (!match.Success)
            throw Refuse($"{what} is missing at '{_line[_at..]}'");
        _at += match.Length;
        return match.Value;
    }

    private FormatException Refuse(string why) => PrometheusText.Refuse(_number, why);

    [GeneratedRegex(@"\A[a-zA-Z_:][a-zA-Z0-9_:]*\z")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"\G[a-zA-Z_:][a-zA-Z0-9_:]*")]
    private static partial Regex MetricNameStart();

    [GeneratedRegex(@"\G[a-zA-Z_][a-zA-Z0-9_]*")]
    private static partial Regex LabelNameStart();

    [GeneratedRegex(@"\A[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"\A[+-]?[0-9]+\z")]
    private static partial Regex Integer();

    [GeneratedRegex(@"\A# (HELP|TYPE|UNIT) ([^ ]+) (.*)\z")]
    private static partial Regex OpenMetricsMetadata();

    [GeneratedRegex(@"\A#[ \t]*(HELP|TYPE)[ \t]+([^ \t]+)(?:[ \t]+(.*?))?[ \t]*\z")]
    private static partial Regex ClassicMetadata();

    [GeneratedRegex(@"\A#[ \t]*(HELP|TYPE)([ \t]|\z)")]
    private static partial Regex ClassicMetadataStart();
}
