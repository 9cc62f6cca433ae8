using Penstock.Accounting.Ledger;
using Xunit;

namespace Penstock.Tests.Accounting.Ledger;

public sealed class UsageSpoolTests : IDisposable
{
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("penstock-spool-").FullName, "usage-spool");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public void Spool_Appended_IsReadInOrderAndGoneOnceDeleted()
    {
        using var spool = new UsageSpool(_folder);
        var records = UsageRecords.Some(30, seed: 1);

        Assert.Null(spool.TryAppend(records[..10]));
        Assert.Null(spool.TryAppend(records[10..20]));
        var first = spool.Seal();
        Assert.Null(spool.TryAppend(records[20..]));
        var all = spool.Seal();

        Assert.Single(first);
        Assert.Equal(2, all.Count);
        Assert.Equal(records, all.SelectMany(Read));
        Assert.False(spool.IsEmpty);
        foreach (var segment in all) spool.Delete(segment);
        Assert.True(spool.IsEmpty);
        Assert.Empty(spool.Seal());
    }

    [Fact]
    public void Spool_New_IsNotKnownToBeEmptyBeforeItHasLooked()
    {
        using (var dead = new UsageSpool(_folder)) Assert.Null(dead.TryAppend(UsageRecords.Some(1, seed: 1)));

        using var spool = new UsageSpool(_folder);

        Assert.False(spool.IsEmpty);
        Assert.Single(spool.Seal());
        Assert.False(spool.IsEmpty);
    }

    [Fact]
    public void Spool_AfterARestart_AppendsBehindWhatIsThere()
    {
        var records = UsageRecords.Some(2, seed: 1);
        using (var dead = new UsageSpool(_folder)) Assert.Null(dead.TryAppend(records[..1]));

        using var spool = new UsageSpool(_folder);
        Assert.Null(spool.TryAppend(records[1..]));

        Assert.Equal(records, spool.Seal().SelectMany(Read));
    }

    [Fact]
    public void Spool_OfTwoProcesses_HasTwoLanes_AndNobodyTakesALivingOnes()
    {
        var records = UsageRecords.Some(3, seed: 1);
        using var one = new UsageSpool(_folder);
        Assert.Null(one.TryAppend(records[..1]));
        var other = new UsageSpool(_folder);
        Assert.Null(other.TryAppend(records[1..]));

        Assert.Equal(records[..1], one.Seal().SelectMany(Read));
        Assert.Equal(records[1..], other.Seal().SelectMany(Read));
        Assert.Empty(SpoolLane.TakeAbandoned(_folder));
        other.Dispose();
        var abandoned = SpoolLane.TakeAbandoned(_folder);
        using var lane = Assert.Single(abandoned);
        Assert.Equal(records[1..], lane.Segments().SelectMany(Read));
        Assert.Empty(SpoolLane.TakeAbandoned(_folder));
    }

    [Fact]
    public void Spool_Claimed_IsReadOnlyWhereTheStoreHasItNot()
    {
        using var spool = new UsageSpool(_folder);
        var records = UsageRecords.Some(30, seed: 1);
        Assert.Null(spool.TryAppendClaimed(records[..10], out var stored));
        Assert.Null(spool.TryAppend(records[10..20]));
        Assert.Null(spool.TryAppendClaimed(records[20..], out var failed));

        Assert.Equal(records[10..20], spool.Seal().SelectMany(Read));
        spool.Release(stored!, isStored: true);
        spool.Release(failed!, isStored: false);
        Assert.Equal(records[10..], spool.Seal().SelectMany(Read));
    }

    [Fact]
    public void Spool_FolderCannotBeMade_SaysSo()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder)!);
        File.WriteAllText(_folder, "a file");
        using var spool = new UsageSpool(_folder);

        Assert.NotNull(spool.TryAppend(UsageRecords.Some(1, seed: 1)));
    }

    private static IEnumerable<UsageRecord> Read(string segment) => SpoolReader.Read(segment, 7).SelectMany(batch => batch);
}
