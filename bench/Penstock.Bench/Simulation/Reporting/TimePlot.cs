using System.Globalization;
using System.Text;
using Penstock.Bench.Simulation.Policies;
using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Bench.Simulation.Reporting;

/// <summary>The time to the first token (p90) over the load, a line for each policy, as SVG that is readable on light and on dark.</summary>
internal static class TimePlot
{
    private const int Width = 800;
    private const int Height = 420;
    private const int Left = 64;
    private const int Right = 560;
    private const int Top = 44;
    private const int Bottom = 360;

    // Of middle lightness, so that they stand out on white and on black; two neighbours of a hue differ in their dashes.
    private static readonly string[] Colours = ["#8c8c8c", "#c2571a", "#b8860b", "#7a9a01", "#1b9e77", "#2a8fbd", "#7b6fd0", "#c2499b", "#d1495b"];

    /// <param name="workload">What was asked.</param>
    /// <param name="loads">What was found, by ascending load.</param>
    public static string Draw(Workload workload, IReadOnlyList<LoadResults> loads)
    {
        string[] policies = [.. loads.SelectMany(load => load.Policies).Distinct()];
        double[] values = [.. loads.SelectMany(load => load.Policies.Select(policy => P90(load, policy)))];
        var scale = new LogScale(values.Min(), values.Max(), Bottom, Top);
        var svg = new StringBuilder();
        Line(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Time to first token, p90, over load: {workload.Name}\">");
        svg.Append("""
            <style>
              svg { background: #ffffff; color: #1f2328; font: 13px system-ui, sans-serif; }
              text { fill: currentColor; }
              .grid { stroke: #d0d7de; stroke-width: 1; }
              .line { fill: none; stroke-width: 1.8; }
              .own { stroke: currentColor; stroke-width: 3.4; }
              @media (prefers-color-scheme: dark) { svg { background: #0d1117; color: #f0f6fc; } .grid { stroke: #30363d; } }
            </style>

            """);
        Line(svg, $"<text x=\"{Left}\" y=\"24\" font-weight=\"600\">{workload.Name}: time to first token, p90, seconds</text>");
        foreach (var tick in scale.Ticks)
        {
            Line(svg, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Right}\" y1=\"{scale.At(tick):F1}\" y2=\"{scale.At(tick):F1}\"/>");
            Line(svg, $"<text x=\"{Left - 8}\" y=\"{scale.At(tick) + 4:F1}\" text-anchor=\"end\">{tick:0.###}</text>");
        }

        foreach (var load in loads) Line(svg, $"<text x=\"{X(loads, load):F1}\" y=\"{Bottom + 22}\" text-anchor=\"middle\">{load.Load:0.##}</text>");
        Line(svg, $"<text x=\"{(Left + Right) / 2}\" y=\"{Bottom + 46}\" text-anchor=\"middle\">{workload.LoadUnit}</text>");
        DrawLines(svg, loads, policies, scale);
        svg.Append("</svg>\n");
        return svg.ToString();
    }

    private static void DrawLines(StringBuilder svg, IReadOnlyList<LoadResults> loads, string[] policies, LogScale scale)
    {
        // The names stand in the order in which the lines end, with the room that a line of text needs.
        var y = (double)Top;
        foreach (var policy in policies.OrderByDescending(policy => loads.Last(load => load.Policies.Contains(policy)) is var last ? P90(last, policy) : 0))
        {
            var style = StyleOf(policy);
            var points = string.Join(' ', loads.Where(load => load.Policies.Contains(policy)).Select(load =>
                string.Create(CultureInfo.InvariantCulture, $"{X(loads, load):F1},{scale.At(P90(load, policy)):F1}")));
            Line(svg, $"<polyline {style} points=\"{points}\"/>");
            Line(svg, $"<line {style} x1=\"{Right + 20}\" x2=\"{Right + 48}\" y1=\"{y + 8:F1}\" y2=\"{y + 8:F1}\"/>");
            Line(svg, $"<text x=\"{Right + 56}\" y=\"{y + 12:F1}\">{policy}</text>");
            y += 24;
        }
    }

    private static string StyleOf(string policy)
    {
        var kind = PolicyKinds.Find(policy);
        if (kind == PolicyKinds.Own) return "class=\"line own\"";
        var place = PolicyKinds.All.Index().First(other => other.Item == kind).Index;
        if (!kind.IsBaseline) return $"class=\"line\" stroke=\"currentColor\" stroke-dasharray=\"{(place % 2 == 1 ? "6 3" : "2 3")}\"";
        return $"class=\"line\" stroke=\"{Colours[place % Colours.Length]}\"" + (place % 2 == 1 ? " stroke-dasharray=\"7 4\"" : "");
    }

    private static double X(IReadOnlyList<LoadResults> loads, LoadResults load)
    {
        var (first, last) = (loads[0].Load, loads[^1].Load);
        return last > first ? Left + 12 + ((load.Load - first) / (last - first) * (Right - Left - 24)) : (Left + Right) / 2.0;
    }

    private static double P90(LoadResults load, string policy) => load.Median(policy, result => result.P90);

    private static void Line(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
