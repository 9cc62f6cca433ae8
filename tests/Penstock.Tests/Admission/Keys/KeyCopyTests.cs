using FsCheck.Fluent;
using Penstock.Admission.Keys;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Keys;

/// <summary>The last known copy of the store's keys: it is whole, or it is not taken.</summary>
public sealed class KeyCopyTests : IDisposable
{
    private const string Store = "postgres://db:5432/penstock";

    private static readonly KeyPicture Keys = new(
    [
        TestKeys.Of("a", new KeyTerms { Models = ["m*"], Budget = new BudgetConfig(1.5m, BudgetPeriod.Day), Labels = new Dictionary<string, string> { ["l"] = "v" } }),
        TestKeys.Of("b").Rotate(KeySecret.New(), TimeSpan.FromHours(1), TestKeys.Start) with { Revoked = TestKeys.Start, Revision = 6 },
    ], 7);

    private readonly string _directory = Directory.CreateTempSubdirectory("penstock-copy-").FullName;

    private string File => Path.Combine(_directory, "state", KeyCopy.FileName);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        var copy = new KeyCopy(File, Store);

        Assert.Null(copy.Write(KeyPicture.None));
        Assert.Null(copy.Write(Keys));
        var read = new KeyCopy(File, Store).Read(out var flaw);

        Assert.Null(flaw);
        Assert.Equal(7, read!.Revision);
        Assert.Equal(Keys.Keys.Select(KeyText.Write), read.Keys.Select(KeyText.Write));
        // No draft is left.
        Assert.Equal([File], Directory.GetFiles(Path.GetDirectoryName(File)!));
    }

    [Fact]
    public void Write_KeysThemselves_AreNotInIt()
    {
        var secret = KeySecret.New();
        var copy = new KeyCopy(File, Store);
        copy.Write(new KeyPicture([StoredKey.New("a", new KeyTerms(), secret, TestKeys.Start)], 1));

        var text = System.IO.File.ReadAllText(File);

        Assert.Contains(secret.Hash.ToString(), text, StringComparison.Ordinal);
        Assert.DoesNotContain(secret.Text, text, StringComparison.Ordinal);
    }

    [UnixFact]
    public void Write_File_IsItsUsersAlone()
    {
        new KeyCopy(File, Store).Write(Keys);

        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public void Read_NoFile_IsNoFlaw()
    {
        Assert.Null(new KeyCopy(File, Store).Read(out var flaw));
        Assert.Null(flaw);
    }

    [Fact]
    public void Read_CopyOfAnotherStore_IsNotTaken()
    {
        new KeyCopy(File, "postgres://other:5432/penstock").Write(Keys);

        Assert.Null(new KeyCopy(File, Store).Read(out var flaw));
        Assert.Contains("postgres://other:5432/penstock", flaw, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_FolderCannotBeMade_SaysWhy()
    {
        System.IO.File.WriteAllText(Path.Combine(_directory, "state"), "a file where the folder should be");

        Assert.NotNull(new KeyCopy(File, Store).Write(Keys));
    }

    [Fact]
    public void Parse_AnyDamage_IsNotTaken()
    {
        var copy = new KeyCopy(File, Store);
        var whole = copy.Bytes(Keys);
        Assert.NotNull(copy.Parse(whole, out _));
        var at = Gen.Choose(0, whole.Length - 1);
        var damaged = Gen.OneOf(
            Gen.Zip(at, Gen.Choose(1, 255)).Select(d => { var bytes = whole.ToArray(); bytes[d.Item1] ^= (byte)d.Item2; return bytes; }),
            at.Select(length => whole[..length]),
            at.Select(start => whole[(start + 1)..]),
            Gen.Zip(at, Gen.Choose(0, 255)).Select(d => (byte[])[.. whole[..d.Item1], (byte)d.Item2, .. whole[d.Item1..]]),
            Gen.Zip(at, at).Select(d => (byte[])[.. whole[..Math.Min(d.Item1, d.Item2)], .. whole[(Math.Max(d.Item1, d.Item2) + 1)..]]),
            Gen.Choose(1, 64).Select(more => (byte[])[.. whole, .. new byte[more]]),
            at.Select(from => { var bytes = whole.ToArray(); bytes.AsSpan(from).Clear(); return bytes; }));

        ForAll.Check(damaged, bytes =>
        {
            Assert.Null(copy.Parse(bytes, out var flaw));
            Assert.NotNull(flaw);
        }, count: 2000);
    }
}
