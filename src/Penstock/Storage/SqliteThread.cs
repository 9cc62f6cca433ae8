using System.Collections.Concurrent;

namespace Penstock.Storage;

/// <summary>
/// A thread that SQLite may block, which is all its calls do: neither the threads of the pool nor those of the sockets
/// ever wait for a disk.
/// </summary>
internal sealed class SqliteThread : TaskScheduler, IDisposable
{
    private readonly BlockingCollection<Task> _tasks = [];

    public SqliteThread(string name) => new Thread(Run) { Name = name, IsBackground = true }.Start();

    public override int MaximumConcurrencyLevel => 1;

    public void Dispose() => _tasks.CompleteAdding();

    protected override void QueueTask(Task task) => _tasks.Add(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => _tasks;

    private void Run()
    {
        foreach (var task in _tasks.GetConsumingEnumerable()) TryExecuteTask(task);
        _tasks.Dispose();
    }
}
