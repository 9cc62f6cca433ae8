using Penstock.Engines;

namespace Penstock.Server.Mock.Engines;

/// <summary>A call in the engine, as the request that waits for it sees it.</summary>
internal sealed class EngineTicket(EngineCall call)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSource();
    private int _written;
    private long _firstTokenAt;

    public EngineCall Call => call;

    /// <summary>Tokens of the prompt that the engine did not have to read; known with the first token.</summary>
    public int CachedTokens { get; private set; }

    /// <summary>How long its prompt was read, in the engine's microseconds. What it waited before is no part of it.</summary>
    public long ReadingTook { get; private set; }

    /// <summary>How long its answer was written, from the first token to the last.</summary>
    public long WritingTook { get; private set; }

    public bool IsWriting { get; private set; }

    public void Take(in EngineEvent happened)
    {
        if (happened.Kind == EngineEventKind.FirstToken)
        {
            CachedTokens = happened.CachedTokens;
            _firstTokenAt = happened.At;
            ReadingTook = happened.At - happened.BegunAt;
            IsWriting = true;
            Written(1);
            return;
        }

        WritingTook = happened.At - _firstTokenAt;
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
