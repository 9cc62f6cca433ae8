using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Penstock.Configuration;

namespace Penstock.Admission.Keys;

/// <summary>
/// The last known copy of the store's keys on this machine's disk, for a start without the store: hashes only, for the
/// gateway's user only. It is replaced as a whole, and begins with a checksum of what follows.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="store">Which store it is a copy of; that of another one is not taken.</param>
internal sealed class KeyCopy(string path, string store)
{
    public const string FileName = "known-keys";

    private const string Title = "penstock-keys-1 ";

    // Title, checksum, line end.
    private static readonly int HeadLength = Title.Length + KeyHash.Prefix.Length + (2 * SHA256.HashSizeInBytes) + 1;

    public string Path => path;

    /// <summary>Reads it.</summary>
    /// <param name="flaw">Why there is none to be had; null where there is simply none.</param>
    /// <returns>Null: there is none, or it is not one.</returns>
    public KeyPicture? Read(out string? flaw)
    {
        flaw = null;
        try
        {
            return Parse(File.ReadAllBytes(path), out flaw);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            flaw = e.Message;
            return null;
        }
    }

    /// <summary>Replaces it: whoever reads meanwhile, or after a crash, has the old one or the new one.</summary>
    /// <returns>Null, or why it could not be written.</returns>
    public string? Write(KeyPicture keys)
    {
        var draft = $"{path}.{Guid.NewGuid():n}";
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            using (var file = new FileStream(draft, OptionsOfDraft()))
            {
                file.Write(Bytes(keys));
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Delete(draft);
            return e.Message;
        }
    }

    /// <summary>The file's bytes.</summary>
    internal byte[] Bytes(KeyPicture keys)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(new Content(store, keys.Revision, [.. keys.Keys]), KeyText.Options);
        return [.. Encoding.ASCII.GetBytes($"{Title}{ChecksumOf(content)}\n"), .. content];
    }

    /// <summary>What the file's bytes say.</summary>
    internal KeyPicture? Parse(ReadOnlySpan<byte> bytes, out string? flaw)
    {
        flaw = "it is torn, or not one";
        if (bytes.Length < HeadLength) return null;
        var content = bytes[HeadLength..];
        if (!bytes[..HeadLength].SequenceEqual(Encoding.ASCII.GetBytes($"{Title}{ChecksumOf(content)}\n"))) return null;
        try
        {
            var read = JsonSerializer.Deserialize<Content>(content, KeyText.Options);
            flaw = read is null ? flaw : read.Store == store ? null : $"it is of another store, {read.Store}";
            return flaw is null ? new KeyPicture(read!.Keys, read.Revision) : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // Whole, and not as this version writes it.
            flaw = $"it was written by another version: {e.Message}";
            return null;
        }
    }

    private static string ChecksumOf(ReadOnlySpan<byte> content) => KeyHash.Prefix + Convert.ToHexStringLower(SHA256.HashData(content));

    private static FileStreamOptions OptionsOfDraft()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    private static void Delete(string draft)
    {
        try
        {
            File.Delete(draft);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It could not be made either.
        }
    }

    private sealed record Content(string Store, long Revision, IReadOnlyList<StoredKey> Keys);
}
