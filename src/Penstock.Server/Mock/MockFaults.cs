using System.Globalization;

namespace Penstock.Server.Mock;

/// <summary>Decides which completions fail: the same ones, in order of arrival, for the same seed.</summary>
internal sealed class MockFaults
{
    private readonly Lock _lock = new();
    private readonly Random _random;
    private readonly double _failRate;
    private readonly MockError? _always;
    private readonly MockError _sometimes;

    public MockFaults(MockOptions options)
    {
        _random = new Random(options.Seed);
        _failRate = options.FailRate;
        _always = options.Status is { } status ? MockError.OnPurpose(status, $"--status {status}") : null;
        var rate = options.FailRate.ToString(CultureInfo.InvariantCulture);
        _sometimes = MockError.OnPurpose(StatusCodes.Status500InternalServerError, $"--fail-rate {rate}");
    }

    /// <summary>The error of the next completion, or null if it succeeds.</summary>
    public MockError? Next()
    {
        if (_always is not null || _failRate <= 0)
            return _always;

        lock (_lock)
            return _random.NextDouble() < _failRate ? _sometimes : null;
    }
}
