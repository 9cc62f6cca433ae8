namespace Penstock.Accounting.Ledger;

/// <summary>
/// Records on disk that the store has not taken: appended in segments, read from the oldest, deleted when the store has
/// them. One process writes a lane. Not safe for several threads, but for <see cref="IsEmpty"/>.
/// </summary>
internal sealed class UsageSpool(string folder) : IDisposable
{
    private const int SegmentLength = 8 * 1024 * 1024;

    private readonly Lock _using = new();
    private readonly MemoryStream _frames = new();
    private readonly HashSet<string> _claimed = new(StringComparer.Ordinal);
    private SpoolLane? _lane;
    private FileStream? _open;
    private long _number;
    private volatile bool _isEmpty;

    /// <summary>Whether the store has everything that was ever appended, and that earlier processes left.</summary>
    public bool IsEmpty => _isEmpty;

    public string Folder => folder;

    /// <summary>Appends records; when it returns they are on the disk.</summary>
    /// <returns>Null, or what went wrong: then none of them is in the spool.</returns>
    public string? TryAppend(IReadOnlyList<UsageRecord> records)
    {
        lock (_using) return TryWrite(records);
    }

    /// <summary>
    /// Appends records that are on their way to the store as well: to a segment of their own, which nobody reads before
    /// <see cref="Release"/>.
    /// </summary>
    /// <param name="records">The records.</param>
    /// <param name="segment">The segment; null where it failed.</param>
    /// <returns>Null, or what went wrong.</returns>
    public string? TryAppendClaimed(IReadOnlyList<UsageRecord> records, out string? segment)
    {
        lock (_using)
        {
            Close();
            var trouble = TryWrite(records);
            segment = trouble is null ? Lane().Segment(_number) : null;
            if (segment is not null) _claimed.Add(segment);
            Close();
            return trouble;
        }
    }

    /// <summary>It is known what became of the records of a claimed segment.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="isStored">Whether the store has them; otherwise they are read like all others.</param>
    public void Release(string segment, bool isStored)
    {
        lock (_using)
        {
            _claimed.Remove(segment);
            try
            {
                if (isStored) Delete(segment);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Then it is read like all others, and the store knows all of it already.
            }
        }
    }

    /// <summary>Ends the segment that is written to, so that all of them can be read.</summary>
    /// <returns>Those that nobody has claimed, the oldest first.</returns>
    /// <exception cref="IOException">The folder cannot be made or read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public IReadOnlyList<string> Seal()
    {
        lock (_using)
        {
            Close();
            var segments = Lane().Segments();
            _isEmpty = segments.Count == 0;
            return [.. segments.Where(segment => !_claimed.Contains(segment))];
        }
    }

    /// <summary>The store has all of a segment.</summary>
    public void Delete(string segment)
    {
        lock (_using)
        {
            File.Delete(segment);
            _isEmpty = _open is null && Lane().Segments().Count == 0;
        }
    }

    public void Dispose()
    {
        lock (_using)
        {
            Close();
            _lane?.Dispose();
            _frames.Dispose();
        }
    }

    private string? TryWrite(IReadOnlyList<UsageRecord> records)
    {
        _frames.SetLength(0);
        foreach (var record in records) SpoolCodec.Write(_frames, record);
        long? good = null;
        try
        {
            var segment = _open ??= OpenNext();
            good = segment.Length;
            _isEmpty = false;
            segment.Write(_frames.GetBuffer(), 0, (int)_frames.Length);
            segment.Flush(flushToDisk: true);
            if (segment.Length >= SegmentLength) Close();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (good is { } length) TakeBack(length);
            return e.Message;
        }
    }

    private SpoolLane Lane()
    {
        if (_lane is not null) return _lane;
        _lane = SpoolLane.TakeFirst(folder);
        _number = _lane.LastNumber();
        return _lane;
    }

    // Unbuffered: what has been written is the system's, whatever becomes of this process.
    private FileStream OpenNext() =>
        new(Lane().Segment(++_number), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    private void Close()
    {
        _open?.Dispose();
        _open = null;
    }

    // Half a batch would hide what comes behind it.
    private void TakeBack(long length)
    {
        try
        {
            _open!.SetLength(length);
            _open.Position = length;
        }
        catch (IOException)
        {
            Close();
        }
    }
}
