using System.Text;

namespace Penstock.Tests.Telemetry;

/// <summary>An output that can be blocked or broken, and whose text can be read meanwhile.</summary>
internal sealed class CollectedOutput : MemoryStream
{
    private readonly ManualResetEventSlim _open = new(true);
    private readonly Lock _lock = new();
    private int _blockedWrites;

    public Exception? Failure { get; set; }

    public int BlockedWrites => Volatile.Read(ref _blockedWrites);

    public string Text
    {
        get
        {
            lock (_lock) return Encoding.UTF8.GetString(GetBuffer(), 0, (int)Length);
        }
    }

    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void Block() => _open.Reset();

    public void Unblock() => _open.Set();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Interlocked.Increment(ref _blockedWrites);
        _open.Wait();
        Interlocked.Decrement(ref _blockedWrites);
        if (Failure is not null) throw Failure;
        lock (_lock) base.Write(buffer);
    }
}
