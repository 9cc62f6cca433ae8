using FsCheck.Fluent;
using Penstock.Accounting.Ledger;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Accounting.Ledger;

/// <summary>A segment of the spool, whole, cut off and damaged.</summary>
public sealed class SpoolReaderTests : IDisposable
{
    private static readonly UsageRecord[] Records =
    [
        .. UsageRecords.Some(12, seed: 1),
        UsageRecords.One() with { Labels = new string('x', 4096), ModelAsked = "größe 🙂", Error = "" },
    ];

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Read_Whole_GivesWhatWasWritten()
    {
        File.WriteAllBytes(_file, Frames(Records, out _));

        Assert.Equal(Records, Read(batch: 5, out var torn));
        Assert.Equal(0, torn);
    }

    [Fact]
    public void Read_CutOffAnywhere_GivesExactlyTheWholeRecordsBeforeIt()
    {
        var bytes = Frames(Records, out var ends);
        ForAll.Check(Gen.Choose(0, bytes.Length), length =>
        {
            File.WriteAllBytes(_file, bytes[..length]);

            var read = Read(batch: 4, out var torn);

            var whole = ends.Count(end => end <= length);
            Assert.Equal(Records[..whole], read);
            Assert.Equal(length - (whole == 0 ? 0 : ends[whole - 1]), torn);
        });
    }

    [Fact]
    public void Read_AnyByteChanged_GivesExactlyTheRecordsBeforeIt()
    {
        var bytes = Frames(Records, out var ends);
        var cases = from place in Gen.Choose(0, bytes.Length - 1) from change in Gen.Choose(1, 255) select (place, change);
        ForAll.Check(cases, c =>
        {
            var changed = (byte[])bytes.Clone();
            changed[c.place] ^= (byte)c.change;
            File.WriteAllBytes(_file, changed);

            Assert.Equal(Records[..ends.Count(end => end <= c.place)], Read(batch: 4, out _));
        });
    }

    [Fact]
    public void Read_Noise_GivesNothing()
    {
        ForAll.Check(Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(), noise =>
        {
            File.WriteAllBytes(_file, noise);

            Assert.Empty(Read(batch: 4, out var torn));
            Assert.Equal(noise.Length, torn);
        });
    }

    private List<UsageRecord> Read(int batch, out int torn)
    {
        var left = 0;
        var batches = SpoolReader.Read(_file, batch, bytes => left = bytes).ToList();
        torn = left;
        Assert.All(batches, b => Assert.InRange(b.Count, 1, batch));
        return [.. batches.SelectMany(b => b)];
    }

    private static byte[] Frames(UsageRecord[] records, out List<int> ends)
    {
        using var output = new MemoryStream();
        ends = [];
        foreach (var record in records)
        {
            SpoolCodec.Write(output, record);
            ends.Add((int)output.Length);
        }

        return output.ToArray();
    }
}
