namespace Penstock.Configuration;

/// <summary>How a backend is asked whether it lives (<c>health</c>), and how many answers it takes to believe it.</summary>
public sealed record HealthConfig
{
    /// <summary>Whether it is asked at all. Where nothing is said, servers behind <c>http:</c> are and those behind <c>https:</c>, hosted APIs mostly, are not.</summary>
    public bool IsProbed { get; init; }

    /// <summary>What is asked for; any 2xx is well. Null: <c>/health</c>, and <c>/v1/models</c> where there is no such thing.</summary>
    public string? Path { get; init; }

    /// <summary>Time between two probes.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time that a probe's answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Successes in a row until a backend that was down is up; for a half-open breaker, too.</summary>
    public int HealthyAfter { get; init; } = 2;

    /// <summary>Failures in a row until it is down.</summary>
    public int UnhealthyAfter { get; init; } = 3;
}
