namespace Penstock.Telemetry;

/// <summary>The bounds of a histogram's buckets.</summary>
/// <param name="scale">How many of the recorded unit make one of the shown unit: 1,000,000 for µs shown as seconds.</param>
/// <param name="upperBounds">Inclusive upper bounds in the shown unit, rising.</param>
internal sealed class HistogramBuckets(double scale, params double[] upperBounds)
{
    private readonly long[] _bounds = Array.ConvertAll(upperBounds, b => (long)(b * scale));

    /// <summary>OpenTelemetry's advice for <c>gen_ai.server.request.duration</c>, with finer steps below.</summary>
    public static HistogramBuckets Seconds { get; } = new(1_000_000,
        0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84);

    /// <summary>
    /// One set for <c>gen_ai.server.time_to_first_token</c> and <c>time_per_output_token</c>, around OpenTelemetry's advice
    /// for each (from 1 ms to 10 s, from 10 ms to 2.5 s): models are faster than that, and prompts longer.
    /// </summary>
    public static HistogramBuckets TokenSeconds { get; } = new(1_000_000,
        0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0);

    /// <summary>For what the gateway itself adds: from 10 µs.</summary>
    public static HistogramBuckets OverheadSeconds { get; } = new(1_000_000,
        0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1.0);

    /// <summary>OpenTelemetry's advice for <c>gen_ai.client.token.usage</c>: powers of four.</summary>
    public static HistogramBuckets Tokens { get; } = new(1,
        1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864);

    public double[] UpperBounds => upperBounds;

    public double Scale => scale;

    public int IndexOf(long value)
    {
        var i = 0;
        while (i < _bounds.Length && value > _bounds[i]) i++;
        return i;
    }
}
