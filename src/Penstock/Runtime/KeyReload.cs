using Microsoft.Extensions.Logging;
using Penstock.Admission.Keys;
using Penstock.Configuration;
using Penstock.Storage;

namespace Penstock.Runtime;

/// <summary>
/// Puts the store's keys in force as far as they have changed; where the store is away at start, those of the last known copy.
/// For one at a time.
/// </summary>
internal sealed partial class KeyReload(
    Store store, KnownKeys known, GatewayConfig config, GatewayRuntime runtime, TimeProvider time, ILogger<KeyReload> logger)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    // Of a file of this machine there is no need for a copy.
    private readonly KeyCopy? _copy = config is { Store.Kind: StoreKind.Postgres, Usage.Spool: { } folder }
        ? new KeyCopy(Path.Combine(folder, KeyCopy.FileName), store.Description) : null;

    private volatile TaskCompletionSource _changed = NewSignal();
    private bool _isCurrent;
    private string? _trouble;

    /// <summary>The last change that is in force.</summary>
    public long Revision => known.Current.Revision;

    /// <summary>Ends when other keys are in force than now. Asked for before <see cref="Revision"/>, it misses none.</summary>
    public Task Changed => _changed.Task;

    /// <summary>The store was away, and may come back as another: restored from a backup, for example. All of it is read next.</summary>
    public void Distrust() => _isCurrent = false;

    /// <returns>Whether the store could be read.</returns>
    public async ValueTask<bool> FromStoreAsync(CancellationToken cancellationToken)
    {
        var since = _isCurrent ? Revision : KeyTable.Nothing;
        var answer = await store.ReadAsync(
            (connection, token) => KeyTable.ReadChangesAsync(connection, since, time.GetUtcNow(), token), Deadline, cancellationToken);
        if (!answer.TryGet(out var changes))
        {
            if (answer.Message != _trouble) Log.NotRead(logger, answer.Message ?? "");
            _trouble = answer.Message;
            return false;
        }

        _trouble = null;
        _isCurrent = true;
        if (changes.Revision == since) return true;
        foreach (var id in changes.Unreadable) Log.Unreadable(logger, id);
        PutInForce(known.Current.With(changes));
        if (_copy?.Write(known.Current) is { } flaw) Log.NotCopied(logger, _copy.Path, flaw);
        return true;
    }

    /// <summary>At start, where the store cannot be read.</summary>
    public void FromCopy()
    {
        string? flaw = null;
        if (_copy?.Read(out flaw) is { } keys)
        {
            PutInForce(keys);
            Log.FromCopy(logger, keys.Keys.Count, _copy.Path);
            return;
        }

        if (flaw is not null) Log.BadCopy(logger, _copy!.Path, flaw);
        Log.Unread(logger);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void PutInForce(KeyPicture keys)
    {
        known.Current = keys;
        runtime.RefreshCallers();
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The store's keys cannot be read, and stay as they are known: {Trouble}")]
        public static partial void NotRead(ILogger logger, string trouble);

        [LoggerMessage(2, LogLevel.Warning, "The store is away: its {Count} keys are those of the last known copy, {File}")]
        public static partial void FromCopy(ILogger logger, int count, string file);

        [LoggerMessage(3, LogLevel.Warning, "The copy of the store's keys, {File}, is not used: {Flaw}")]
        public static partial void BadCopy(ILogger logger, string file, string flaw);

        [LoggerMessage(4, LogLevel.Warning, "The store is away, and there is no copy of its keys: calls with a key that is not in the configuration are answered 503 until it is back")]
        public static partial void Unread(ILogger logger);

        [LoggerMessage(6, LogLevel.Warning, "The store's key {Id} cannot be read, and is not used: somebody else wrote it")]
        public static partial void Unreadable(ILogger logger, string id);

        [LoggerMessage(5, LogLevel.Warning, "The copy of the store's keys, {File}, cannot be written: {Flaw}")]
        public static partial void NotCopied(ILogger logger, string file, string flaw);
    }
}
