using Microsoft.Extensions.Logging;

namespace Penstock.Admission.Jwt;

/// <summary>
/// An issuer's keys as they were last fetched. Whoever asks for them has them renewed when it is time, and gets those that are
/// there meanwhile; they are kept when the issuer is down. There is one fetch at a time, and all who need it wait for that one.
/// </summary>
/// <param name="issuer">The issuer's name, for the log.</param>
/// <param name="source">Where the keys are.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Hears of keys that change and of sources that fail, once each.</param>
internal sealed partial class JwksCache(string issuer, IJwksSource source, TimeProvider time, ILogger logger) : IJwtKeys
{
    /// <summary>How long a fetch may take, discovery included.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    // Without keys nobody with a token can call: then the source is asked again soon.
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private volatile Held? _held;
    private volatile bool _isFailing;
    private Task? _fetching;
    private long? _begunAt;
    private long? _askedAt;

    public ValueTask<Jwks?> GetAsync(CancellationToken cancellationToken)
    {
        var held = _held;
        return held is not null && time.GetElapsedTime(held.At) < source.Pace.Renew ? new(held.Keys) : RenewAsync(held, cancellationToken);
    }

    public async ValueTask<Jwks> RefreshAsync(Jwks seen, CancellationToken cancellationToken)
    {
        // Others have had them fetched since.
        if (_held is { } held && held.Keys != seen) return held.Keys;
        if (BeginAsked() is { } fetching) await fetching.WaitAsync(cancellationToken);
        return _held?.Keys ?? seen;
    }

    // Keys that are much too old, because nobody has asked for long, are not used before the source was. It does not take a
    // fetch a request to learn that it is down.
    private async ValueTask<Jwks?> RenewAsync(Held? held, CancellationToken cancellationToken)
    {
        var fetching = BeginDue(held is null ? FirstRetry : source.Pace.Retry);
        var isNeeded = held is null || (!_isFailing && time.GetElapsedTime(held.At) >= 2 * source.Pace.Renew);
        if (fetching is not null && isNeeded) await fetching.WaitAsync(cancellationToken);
        return _held?.Keys;
    }

    // Null: it is not time yet.
    private Task? BeginDue(TimeSpan between)
    {
        lock (_lock)
        {
            if (_fetching is { IsCompleted: false }) return _fetching;
            return _begunAt is { } last && time.GetElapsedTime(last) < between ? null : Begin();
        }
    }

    // It has a time of its own: keys may change right after they were fetched for another reason.
    private Task? BeginAsked()
    {
        lock (_lock)
        {
            if (_fetching is { IsCompleted: false }) return _fetching;
            if (_askedAt is { } last && time.GetElapsedTime(last) < source.Pace.Ask) return null;
            _askedAt = time.GetTimestamp();
            return Begin();
        }
    }

    private Task Begin()
    {
        _begunAt = time.GetTimestamp();
        // Not on the caller's way, who may leave, and not under its span.
        using (ExecutionContext.SuppressFlow()) return _fetching = Task.Run(FetchAsync);
    }

    private async Task FetchAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        var (document, problem) = await source.FetchAsync(deadline.Token);
        var held = _held;
        if (document is not null && held is not null && document.AsSpan().SequenceEqual(held.Document))
        {
            Hold(held with { At = time.GetTimestamp() });
            return;
        }

        if (document is not null && Jwks.Parse(document) is { } keys)
        {
            Hold(new Held(document, keys, time.GetTimestamp()));
            Log.Fetched(logger, issuer, keys.Count);
            return;
        }

        if (!_isFailing) Log.Failed(logger, issuer, problem ?? "the document is not a JWK set", held is null ? "there are none" : "the old ones stay");
        _isFailing = true;
    }

    private void Hold(Held held)
    {
        _held = held;
        _isFailing = false;
    }

    /// <param name="Document">What was fetched; while it is the same, so are the keys.</param>
    /// <param name="Keys">The keys in it.</param>
    /// <param name="At">When it was last seen to be so.</param>
    private sealed record Held(byte[] Document, Jwks Keys, long At);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The issuer {Issuer} has {Count} keys that can verify tokens")]
        public static partial void Fetched(ILogger logger, string issuer, int count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The keys of the issuer {Issuer} cannot be fetched: {Problem}; {Consequence}")]
        public static partial void Failed(ILogger logger, string issuer, string problem, string consequence);
    }
}
