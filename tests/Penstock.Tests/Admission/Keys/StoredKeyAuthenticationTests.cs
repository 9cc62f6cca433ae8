using Penstock.Admission;
using Penstock.Admission.Keys;
using Penstock.Admission.Limits;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Keys;

/// <summary>What the store's keys mean beside those of the configuration.</summary>
public sealed class StoredKeyAuthenticationTests
{
    private static readonly LimitsConfig Small = new() { Name = "small", RequestsPerMinute = 10, Concurrency = 5, OnStoreFailure = OnStoreFailure.Deny };
    private static readonly LimitsConfig Large = new() { Name = "large", RequestsPerMinute = 1000, TokensPerMinute = 5000 };

    private readonly ManualTime _time = new();
    private readonly GatewayConfig _config = new()
    {
        Backends = [],
        Auth = new AuthConfig { Keys = [new KeyConfig { Name = "file", Hash = KeyHash.Of("key-of-file") }] },
    };

    private DateTimeOffset Now => _time.GetUtcNow();

    [Fact]
    public void TryAuthenticate_KeyOfEitherSource_IsItsCaller()
    {
        var terms = new KeyTerms { Models = ["llama-*"], Priority = CallerPriority.Batch, Labels = new Dictionary<string, string> { ["team"] = "x" } };
        var authenticator = Create(TestKeys.Of("stored", terms));

        Assert.Equal("file", Find(authenticator, "key-of-file"));
        Assert.True(authenticator.TryAuthenticate("key-of-stored", out var caller, out _));
        Assert.Equal(("stored", CallerPriority.Batch, """{"team":"x"}"""), (caller.Name, caller.Priority, caller.Labels));
        Assert.True(caller.Models.Allows("llama-3"));
        Assert.False(caller.Models.Allows("qwen"));
        Assert.Equal(AuthenticationFailure.Unknown, FailureOf(authenticator, "key-of-nobody"));
    }

    [Fact]
    public void TryAuthenticate_RevokedKey_IsRevokedWithAllThatItWas()
    {
        var key = TestKeys.Of("a").Rotate(KeySecret.New(), TimeSpan.FromDays(1), Now);
        var newest = KeySecret.New();
        var authenticator = Create(key.Rotate(newest, TimeSpan.FromDays(1), Now) with { Revoked = Now });

        Assert.Equal(AuthenticationFailure.Revoked, FailureOf(authenticator, "key-of-a"));
        Assert.Equal(AuthenticationFailure.Revoked, FailureOf(authenticator, newest.Text));
    }

    [Fact]
    public void TryAuthenticate_RotatedKey_IsGoodUntilItsGraceEnds()
    {
        var newest = KeySecret.New();
        var authenticator = Create(TestKeys.Of("a").Rotate(newest, TimeSpan.FromSeconds(10), Now));

        Assert.Equal(("a", "a"), (Find(authenticator, "key-of-a"), Find(authenticator, newest.Text)));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(AuthenticationFailure.Expired, FailureOf(authenticator, "key-of-a"));
        Assert.Equal("a", Find(authenticator, newest.Text));
    }

    [Fact]
    public void TryAuthenticate_KeyThatExpires_IsExpiredFromThenOn()
    {
        var authenticator = Create(TestKeys.Of("a", new KeyTerms { Expires = Now.AddSeconds(1) }));

        Assert.Equal("a", Find(authenticator, "key-of-a"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(AuthenticationFailure.Expired, FailureOf(authenticator, "key-of-a"));
    }

    [Fact]
    public void TryAuthenticate_SameNameInTheFile_StoredKeyIsNotUsed()
    {
        var stored = TestKeys.Of("file") with { Hash = KeyHash.Of("key-of-store") };

        var authenticator = Create(stored);

        Assert.Equal("file", Find(authenticator, "key-of-file"));
        Assert.Equal(AuthenticationFailure.Unknown, FailureOf(authenticator, "key-of-store"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryAuthenticate_SameKeyInTheFile_IsTheFilesCaller(bool isRevoked)
    {
        var stored = TestKeys.Of("stored") with { Hash = KeyHash.Of("key-of-file"), Revoked = isRevoked ? Now : null };

        Assert.Equal("file", Find(Create(stored), "key-of-file"));
    }

    [Fact]
    public void TryAuthenticate_StoreNotRead_SaysNothingOfKeysItDoesNotKnow()
    {
        var authenticator = new Authenticator(_config, new CallerFactory(new Meters(isShared: false, _time), _config), null, _time, KeyPicture.Unread);

        Assert.Equal("file", Find(authenticator, "key-of-file"));
        Assert.Equal(AuthenticationFailure.Undecided, FailureOf(authenticator, "key-of-stored"));
        Assert.Equal(AuthenticationFailure.Missing, FailureOf(authenticator, ""));
    }

    [Fact]
    public void Create_LimitsOfItsName_AreIts()
    {
        var caller = Create(new KeyTerms { Limits = "large" }, Small, Large);

        Assert.Equal((1000L, 5000L), LimitsOf(caller));
    }

    [Fact]
    public void Create_LimitsThatAreGone_AreTheDefault()
    {
        var caller = Create(new KeyTerms { Limits = "gone" }, Small, Large with { Name = LimitsReader.Default });

        Assert.Equal((1000L, 5000L), LimitsOf(caller));
    }

    [Fact]
    public void Create_LimitsThatAreGoneWithoutADefault_AreTheSmallestOfEach()
    {
        var caller = Create(new KeyTerms { Limits = "gone" }, Small, Large, new LimitsConfig { Name = LimitsReader.Global, RequestsPerMinute = 1 });

        Assert.Equal((10L, 5000L), LimitsOf(caller));
    }

    private static (long Requests, long Tokens) LimitsOf(Caller caller)
    {
        lock (caller.Meter!.Gate)
        {
            var reading = caller.Meter.Read();
            return (reading.RequestLimit, reading.TokenLimit);
        }
    }

    private static string? Find(Authenticator authenticator, string key) => authenticator.TryAuthenticate(key, out var caller, out _) ? caller.Name : null;

    private static AuthenticationFailure FailureOf(Authenticator authenticator, string key)
    {
        Assert.False(authenticator.TryAuthenticate(key, out _, out var failure));
        return failure;
    }

    private Caller Create(KeyTerms terms, params LimitsConfig[] limits)
    {
        var config = _config with { Limits = limits };
        return new CallerFactory(new Meters(isShared: false, _time), config).Create(TestKeys.Of("a", terms), null);
    }

    private Authenticator Create(params StoredKey[] keys) =>
        new(_config, new CallerFactory(new Meters(isShared: false, _time), _config), null, _time, new KeyPicture(keys, 1));
}
