using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Penstock.Storage;

namespace Penstock.Accounting.Ledger;

/// <summary>
/// Records as they lie in the spool: frames of a length and a checksum of four bytes each, little-endian, and the record. A
/// write that was cut off is recognized, and what stands before it is whole.
/// </summary>
internal static class SpoolCodec
{
    private const int HeadLength = 8;

    // Ten times what the longest texts come to; more is no length but noise.
    private const int LongestRecord = 256 * 1024;

    private const byte Version = 1;

    /// <summary>Writes a frame.</summary>
    public static void Write(MemoryStream output, UsageRecord record)
    {
        var start = (int)output.Length;
        output.Position = output.Length;
        using (var writer = new BinaryWriter(output, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(0L);
            Write(writer, record);
        }

        var frame = output.GetBuffer().AsSpan(start, (int)output.Length - start);
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - HeadLength);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], ChecksumOf(frame[HeadLength..]));
    }

    /// <summary>Reads the frame at the beginning of some bytes.</summary>
    /// <returns>Its length with its head; 0 where there is no whole one.</returns>
    public static int Read(ReadOnlySpan<byte> bytes, out UsageRecord? record)
    {
        record = null;
        if (bytes.Length < HeadLength) return 0;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (length is <= 0 or > LongestRecord || bytes.Length - HeadLength < length) return 0;
        var body = bytes.Slice(HeadLength, length);
        if (ChecksumOf(body) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..])) return 0;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(body.ToArray()));
            record = Read(reader);
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException)
        {
            // The checksum is right, so a version wrote it that wrote something else.
            return 0;
        }

        return HeadLength + length;
    }

    // CRC-32C, which processors compute themselves. It begins with ones, so that zeros are no frame of zeros.
    private static uint ChecksumOf(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) checksum = BitOperations.Crc32C(checksum, word);
        foreach (var rest in bytes[(words.Length * sizeof(ulong))..]) checksum = BitOperations.Crc32C(checksum, rest);
        return ~checksum;
    }

    private static void Write(BinaryWriter to, UsageRecord record)
    {
        to.Write(Version);
        to.Write(record.Id.ToByteArray());
        to.Write(StoredTime.Of(record.Time));
        to.Write(record.RequestId);
        to.Write(record.Caller);
        to.Write(record.Labels);
        to.Write(record.Endpoint);
        to.Write(record.ModelAsked);
        to.Write(record.Model);
        to.Write(record.Backend);
        to.Write(record.Attempts);
        to.Write(record.Status);
        to.Write(record.Error is not null);
        to.Write(record.Error ?? "");
        to.Write(record.PromptTokens);
        to.Write(record.CachedTokens);
        to.Write(record.CompletionTokens);
        to.Write(record.ReasoningTokens);
        to.Write(record.CostPico);
        to.Write(record.Latency.Ticks);
        to.Write(record.TimeToFirstToken?.Ticks ?? -1);
        to.Write(record.IsStreamed);
        to.Write(record.IsEstimated);
    }

    private static UsageRecord Read(BinaryReader from)
    {
        if (from.ReadByte() != Version) throw new FormatException("This is a record of another version.");
        // Initializers run in the order in which they are written.
        return new UsageRecord
        {
            Id = new Guid(from.ReadBytes(16)),
            Time = StoredTime.ToTime(from.ReadInt64()),
            RequestId = from.ReadString(),
            Caller = from.ReadString(),
            Labels = from.ReadString(),
            Endpoint = from.ReadString(),
            ModelAsked = from.ReadString(),
            Model = from.ReadString(),
            Backend = from.ReadString(),
            Attempts = from.ReadInt32(),
            Status = from.ReadInt32(),
            Error = from.ReadBoolean() ? from.ReadString() : SkipString(from),
            PromptTokens = from.ReadInt64(),
            CachedTokens = from.ReadInt64(),
            CompletionTokens = from.ReadInt64(),
            ReasoningTokens = from.ReadInt64(),
            CostPico = from.ReadInt64(),
            Latency = new TimeSpan(from.ReadInt64()),
            TimeToFirstToken = from.ReadInt64() is >= 0 and var ticks ? new TimeSpan(ticks) : null,
            IsStreamed = from.ReadBoolean(),
            IsEstimated = from.ReadBoolean(),
        };
    }

    private static string? SkipString(BinaryReader from)
    {
        from.ReadString();
        return null;
    }
}
