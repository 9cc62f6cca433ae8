using Penstock.Admission.Keys;
using Penstock.Configuration;
using Xunit;

namespace Penstock.Tests.Admission.Keys;

public sealed class StoredKeyTests
{
    private static readonly DateTimeOffset Now = TestKeys.Start;

    [Fact]
    public void New_Secret_Is256BitsAndIsNotPrinted()
    {
        var secrets = Enumerable.Range(0, 100).Select(_ => KeySecret.New()).ToArray();

        Assert.All(secrets, secret => Assert.Matches("^pk-[A-Za-z0-9_-]{43}$", secret.Text));
        Assert.Equal(100, secrets.Select(secret => secret.Text).Distinct().Count());
        Assert.All(secrets, secret => Assert.Equal(KeyHash.Of(secret.Text), secret.Hash));
        Assert.All(secrets, secret => Assert.Equal(secret.Text[..7], secret.Prefix));
        Assert.All(secrets, secret => Assert.Equal($"{secret.Prefix}…", $"{secret}"));
    }

    [Fact]
    public void New_Key_HasNothingOfTheSecretButItsPrefix()
    {
        var secret = KeySecret.New();

        var key = StoredKey.New("search", new KeyTerms(), secret, Now);

        Assert.Matches("^key_[0-9a-f]{16}$", key.Id);
        Assert.DoesNotContain(secret.Text[7..], key.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Rotate_OldKeys_AreGoodUntilTheirGraceEnds()
    {
        var key = TestKeys.Of("a");

        var twice = key.Rotate(KeySecret.New(), TimeSpan.FromHours(2), Now).Rotate(KeySecret.New(), TimeSpan.FromHours(1), Now);

        Assert.Equal([Now.AddHours(2), Now.AddHours(1), null], twice.Hashes().Select(hash => hash.Expires));
        Assert.Equal(key.Hash, twice.Hashes().First().Hash);
        Assert.Equal((key.Id, key.Name), (twice.Id, twice.Name));
        Assert.Equal(Now.AddHours(2), twice.PreviousUntil(Now));
        Assert.Null(twice.PreviousUntil(Now.AddHours(2)));
    }

    [Fact]
    public void Rotate_KeyThatExpiresBeforeItsGraceEnds_ExpiresWithIt()
    {
        var key = TestKeys.Of("a", new KeyTerms { Expires = Now.AddMinutes(1) });

        var rotated = key.Rotate(KeySecret.New(), TimeSpan.FromHours(2), Now);

        Assert.Equal([Now.AddMinutes(1), Now.AddMinutes(1)], rotated.Hashes().Select(hash => hash.Expires));
    }

    [Fact]
    public void Rotate_AgainAndAgain_ForgetsWhatEndedLongAgo()
    {
        var key = TestKeys.Of("a");
        for (var i = 0; i < 100; i++) key = key.Rotate(KeySecret.New(), TimeSpan.Zero, Now.AddDays(i));

        // Those of the last 30 days.
        Assert.Equal(30, key.Previous.Count);
        for (var i = 0; i < 100; i++) key = key.Rotate(KeySecret.New(), TimeSpan.FromDays(1), Now.AddDays(100));
        Assert.Equal(32, key.Previous.Count);
    }
}
