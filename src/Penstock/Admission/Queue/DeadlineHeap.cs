namespace Penstock.Admission.Queue;

/// <summary>Places by their deadline: the next one at once, and any one out of it in a logarithm of their number.</summary>
internal sealed class DeadlineHeap<T>
{
    private readonly List<QueueEntry<T>> _entries = [];

    /// <summary>Whose time is over first; null: nobody waits.</summary>
    public QueueEntry<T>? First => _entries.Count == 0 ? null : _entries[0];

    public void Add(QueueEntry<T> entry)
    {
        _entries.Add(entry);
        RaiseFrom(_entries.Count - 1, entry);
    }

    public void Remove(QueueEntry<T> entry)
    {
        var index = entry.HeapIndex;
        entry.HeapIndex = -1;
        var last = _entries[^1];
        _entries.RemoveAt(_entries.Count - 1);
        if (last == entry) return;
        // What takes its place may belong further up or further down.
        if (index > 0 && last.Deadline < _entries[(index - 1) / 2].Deadline) RaiseFrom(index, last);
        else SinkFrom(index, last);
    }

    private void RaiseFrom(int index, QueueEntry<T> entry)
    {
        while (index > 0)
        {
            var parent = (index - 1) / 2;
            if (_entries[parent].Deadline <= entry.Deadline) break;
            Put(index, _entries[parent]);
            index = parent;
        }

        Put(index, entry);
    }

    private void SinkFrom(int index, QueueEntry<T> entry)
    {
        while (true)
        {
            var child = (2 * index) + 1;
            if (child >= _entries.Count) break;
            if (child + 1 < _entries.Count && _entries[child + 1].Deadline < _entries[child].Deadline) child++;
            if (_entries[child].Deadline >= entry.Deadline) break;
            Put(index, _entries[child]);
            index = child;
        }

        Put(index, entry);
    }

    private void Put(int index, QueueEntry<T> entry)
    {
        _entries[index] = entry;
        entry.HeapIndex = index;
    }
}
