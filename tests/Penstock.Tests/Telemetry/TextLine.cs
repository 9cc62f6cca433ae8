using System.Text.Json;

namespace Penstock.Tests.Telemetry;

/// <summary>Reads a text log line as a log collector would: words, then <c>key=value</c> pairs, values quoted or not.</summary>
internal static class TextLine
{
    public static List<KeyValuePair<string, string>> Pairs(string line)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        for (var at = 0; at < line.Length;)
        {
            var end = line.IndexOfAny([' ', '='], at);
            if (end < 0) break;
            if (line[end] == ' ')
            {
                at = end + 1;
                continue;
            }

            var key = line[at..end];
            var start = end + 1;
            if (start < line.Length && line[start] == '"')
            {
                end = start + 1;
                while (line[end] != '"') end += line[end] == '\\' ? 2 : 1;
                end++;
                pairs.Add(new(key, JsonSerializer.Deserialize<string>(line[start..end])!));
            }
            else
            {
                end = line.IndexOf(' ', start);
                if (end < 0) end = line.Length;
                pairs.Add(new(key, JsonSerializer.Deserialize<string>($"\"{line[start..end]}\"")!));
            }

            at = end + 1;
        }

        return pairs;
    }
}
