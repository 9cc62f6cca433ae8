namespace Penstock.Bench.Simulation.Workloads;

/// <summary>A distribution, as its values at some parts: 0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99 and 1.</summary>
/// <param name="values">In ascending order.</param>
internal sealed class Quantiles(params double[] values)
{
    private static readonly double[] Parts = [0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];

    public double At(double part)
    {
        var above = 1;
        while (above < Parts.Length - 1 && Parts[above] < part) above++;
        var along = (part - Parts[above - 1]) / (Parts[above] - Parts[above - 1]);
        return values[above - 1] + (along * (values[above] - values[above - 1]));
    }
}
