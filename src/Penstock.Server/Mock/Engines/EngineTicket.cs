using Penstock.Engines;

namespace Penstock.Server.Mock.Engines;

/// <summary>A call in the engine, as the request that waits for it sees it.</summary>
internal sealed class EngineTicket(EngineCall call, long submittedAt)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSource();
    private int _written;

    public EngineCall Call => call;

    /// <summary>Tokens of the prompt that the engine did not have to read; known with the first token.</summary>
    public int CachedTokens { get; private set; }

    /// <summary>When its first and its last token were there, in the engine's microseconds since it was submitted.</summary>
    public long FirstTokenAfter { get; private set; }

    public long FinishedAfter { get; private set; }

    public bool IsWriting { get; private set; }

    public void Take(in EngineEvent happened)
    {
        if (happened.Kind == EngineEventKind.FirstToken)
        {
            CachedTokens = happened.CachedTokens;
            FirstTokenAfter = happened.At - submittedAt;
            IsWriting = true;
            Written(1);
            return;
        }

        FinishedAfter = happened.At - submittedAt;
        IsWriting = false;
        Written(call.OutputTokens);
    }

    /// <summary>So many tokens of the answer are there.</summary>
    public void Written(int count)
    {
        lock (_lock)
        {
            if (count <= _written) return;
            _written = count;
            _changed.SetResult();
            _changed = NewSource();
        }
    }

    /// <summary>Waits until there are more tokens than the caller has.</summary>
    /// <returns>How many there are.</returns>
    public async ValueTask<int> MoreThanAsync(int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_written > count) return _written;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
