using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Configuration;

namespace Penstock.Health;

/// <summary>
/// Whether a backend is to be picked: what its probes, its requests, it itself and the operator say about that. It
/// outlives a reload. Safe for use by many threads; asking costs a few reads while nothing is wrong.
/// </summary>
internal sealed partial class BackendHealth
{
    // A key is not mended within seconds, but somebody may be at it.
    private static readonly TimeSpan RefusalTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(1);

    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _created;
    private readonly Lock _lock = new();

    // What follows belongs to the lock.
    private readonly Breaker _breaker = new();
    private readonly ProbeHistory _probes = new();
    private readonly Pause _refusal = new(RefusalTime);
    private readonly Pause _rest = new(LongestRest);
    private bool _isProbed;
    private bool _isDrained;
    private bool _isRefused;
    private long _recoveries;
    private TimeSpan _probeInterval = TimeSpan.FromSeconds(5);
    private LastError? _lastError;

    // And this is what it comes to, for those who only ask. Null: nothing is wrong.
    private volatile Standing? _standing;

    /// <param name="name">The backend's, for the log.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="logger">Gets a line for each change; null: nobody does.</param>
    public BackendHealth(string name = "", TimeProvider? time = null, ILogger? logger = null)
    {
        _name = name;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger.Instance;
        _created = _time.GetTimestamp();
        Configure(new HealthConfig(), new BreakerConfig());
    }

    /// <summary>Why it is not to be picked now; a breaker whose time is over, with nobody on trial, is no obstacle.</summary>
    public Obstacle Obstacle => _standing is { } standing ? standing.ObstacleAt(Now) : Obstacle.None;

    /// <summary>Whether it could answer, now or after a rest: it is not out.</summary>
    public bool IsAble => Obstacle is Obstacle.None or Obstacle.Resting;

    /// <summary>When it makes sense to ask again: zero where there is no obstacle.</summary>
    public TimeSpan AvailableIn => _standing is { } standing ? standing.AvailableIn(Now, _probeInterval) : TimeSpan.Zero;

    /// <summary>How often its probes succeeded again after they had failed.</summary>
    public long Recoveries => Volatile.Read(ref _recoveries);

    /// <summary>Called after each change, within the lock: it must return at once.</summary>
    public Action? Changed { get; set; }

    private TimeSpan Now => _time.GetElapsedTime(_created);

    /// <summary>The rules of the configuration that is in force.</summary>
    public void Configure(HealthConfig health, BreakerConfig breaker)
    {
        lock (_lock)
        {
            _breaker.Rules = breaker;
            _breaker.HealthyAfter = _probes.HealthyAfter = health.HealthyAfter;
            _probes.UnhealthyAfter = health.UnhealthyAfter;
            _probeInterval = health.Interval;
            _isProbed = health.IsProbed;
            // Or it would be down for ever.
            if (!_isProbed) _probes.Forget();
            // The new configuration may have a new key.
            _isRefused = false;
            _refusal.Clear();
            Publish();
        }
    }

    /// <summary>Lets a request through. Of a breaker that is half open only one at a time.</summary>
    /// <param name="isTrial">Whether it is that one; to be given back to <see cref="End"/>.</param>
    public bool TryBegin(out bool isTrial)
    {
        isTrial = false;
        return _standing is null || TryBeginCarefully(out isTrial);
    }

    /// <summary>The request has ended; what it showed was said before.</summary>
    public void End(bool isTrial)
    {
        if (!isTrial) return;
        lock (_lock)
        {
            _breaker.EndTrial();
            Publish();
        }
    }

    /// <summary>A request was answered: by a 4xx, too.</summary>
    /// <param name="isTrial">
    /// What <see cref="TryBegin"/> said. Where nobody knows: yes, and if one is on trial it is taken for that.
    /// </param>
    public void Succeeded(bool isTrial = true)
    {
        if (_standing is null && !Volatile.Read(ref _isRefused)) return;
        lock (_lock)
        {
            if (_breaker.Succeeded(Now, isTrial)) Log.Closed(_logger, _name);
            if (_isRefused) Log.Accepted(_logger, _name);
            _isRefused = false;
            _refusal.Clear();
            Publish();
        }
    }

    /// <summary>A request failed by the backend's fault.</summary>
    /// <param name="reason">For the log and for <c>/admin/backends</c>.</param>
    /// <param name="isTrial">As with <see cref="Succeeded"/>.</param>
    public void Failed(string reason, bool isTrial = true)
    {
        lock (_lock)
        {
            Remember(reason);
            if (_breaker.Failed(Now, isTrial)) Log.Opened(_logger, _name, _breaker.Rules.Open.TotalSeconds, reason);
            Publish();
        }
    }

    /// <summary>It asked to be left alone (<c>Retry-After</c>).</summary>
    public void Rest(TimeSpan time)
    {
        lock (_lock)
        {
            _rest.Extend(Now, time);
            Publish();
        }
    }

    /// <summary>It refused the gateway's credentials.</summary>
    public void RejectCredentials(string reason)
    {
        lock (_lock)
        {
            Remember(reason);
            if (!_isRefused) Log.Refused(_logger, _name, reason);
            _isRefused = true;
            _refusal.Extend(Now, RefusalTime);
            Publish();
        }
    }

    /// <summary>A probe was answered as it should be.</summary>
    public void ProbeSucceeded()
    {
        lock (_lock)
        {
            // One that was under way when probing was turned off comes too late.
            if (!_isProbed) return;
            if (_probes.Succeeded())
            {
                Volatile.Write(ref _recoveries, _recoveries + 1);
                Log.Up(_logger, _name);
            }

            Publish();
        }
    }

    /// <summary>A probe failed.</summary>
    /// <param name="reason">For the log and for <c>/admin/backends</c>.</param>
    public void ProbeFailed(string reason)
    {
        lock (_lock)
        {
            if (!_isProbed) return;
            Remember(reason);
            if (_probes.Failed()) Log.Down(_logger, _name, reason);
            Publish();
        }
    }

    /// <summary>The operator takes it out: no more requests; those in flight go on.</summary>
    public void Drain()
    {
        lock (_lock)
        {
            if (!_isDrained) Log.Drained(_logger, _name);
            _isDrained = true;
            Publish();
        }
    }

    /// <summary>The operator puts it back in.</summary>
    public void Enable()
    {
        lock (_lock)
        {
            if (_isDrained) Log.Enabled(_logger, _name);
            _isDrained = false;
            Publish();
        }
    }

    /// <summary>How it is now, for people.</summary>
    public HealthReading Read()
    {
        lock (_lock)
        {
            var now = Now;
            return new HealthReading(
                _probes.State, Obstacle, _breaker.StateAt(now), _lastError,
                _rest.IsOnAt(now) ? _time.GetUtcNow() + (_rest.Until - now) : null);
        }
    }

    private bool TryBeginCarefully(out bool isTrial)
    {
        isTrial = false;
        lock (_lock)
        {
            var now = Now;
            if (_standing?.ObstacleAt(now) is not (null or Obstacle.None) || !_breaker.TryBegin(now, out isTrial)) return false;
            if (isTrial && _breaker.IsFirstTrial) Log.HalfOpen(_logger, _name);
            Publish();
            return true;
        }
    }

    private void Remember(string reason) => _lastError = new LastError(_time.GetUtcNow(), reason);

    // What is over is not told any more, so that a backend that is well costs nothing again.
    private void Publish()
    {
        var now = Now;
        var standing = new Standing
        {
            IsDrained = _isDrained,
            IsDown = _probes.State == ProbeState.Down,
            OpenUntil = _breaker.OpenUntil,
            IsOnTrial = _breaker.IsOnTrial,
            RefusedUntil = _refusal.IsOnAt(now) ? _refusal.Until : null,
            RestingUntil = _rest.IsOnAt(now) ? _rest.Until : null,
        };
        _standing = standing.IsNothing ? null : standing;
        Changed?.Invoke();
    }
}
