#pragma warning disable CA1822 // What it judges by comes next; its shape is here for those who ask.
using Penstock.Configuration;

namespace Penstock.Health;

/// <summary>
/// Whether a backend is to be picked: what its probes, its requests, it itself and the operator say about that. It
/// outlives a reload. Safe for use by many threads; asking costs a few reads while nothing is wrong.
/// </summary>
internal sealed class BackendHealth
{
    /// <summary>Why it is not to be picked now; a breaker whose time is over, with nobody on trial, is no obstacle.</summary>
    public Obstacle Obstacle => Obstacle.None;

    /// <summary>When it makes sense to ask again: zero where there is no obstacle.</summary>
    public TimeSpan AvailableIn => TimeSpan.Zero;

    /// <summary>The rules of the configuration that is in force.</summary>
    public void Configure(HealthConfig health, BreakerConfig breaker)
    {
    }

    /// <summary>Lets a request through. Of a breaker that is half open only one at a time.</summary>
    /// <param name="isTrial">Whether it is that one; to be given back to <see cref="End"/>.</param>
    public bool TryBegin(out bool isTrial)
    {
        isTrial = false;
        return true;
    }

    /// <summary>The request has ended; what it showed was said before.</summary>
    public void End(bool isTrial)
    {
    }

    /// <summary>A request was answered: by a 4xx, too.</summary>
    public void Succeeded()
    {
    }

    /// <summary>A request failed by the backend's fault.</summary>
    /// <param name="reason">For the log and for <c>/admin/backends</c>.</param>
    public void Failed(string reason)
    {
    }

    /// <summary>It asked to be left alone (<c>Retry-After</c>).</summary>
    public void Rest(TimeSpan time)
    {
    }

    /// <summary>It refused the gateway's credentials.</summary>
    public void RejectCredentials(string reason)
    {
    }
}
