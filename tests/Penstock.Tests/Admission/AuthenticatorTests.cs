using Penstock.Admission;
using Penstock.Admission.Limits;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission;

public sealed class AuthenticatorTests
{
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData("")]
    [InlineData("whatever")]
    public void TryAuthenticate_NothingConfigured_TakesEveryone(string credential)
    {
        var authenticator = Create(new GatewayConfig { Backends = [] });

        Assert.True(authenticator.IsOpen);
        Assert.True(authenticator.TryAuthenticate(credential, out var caller, out _));
        Assert.Equal("anonymous", caller.Name);
    }

    [Fact]
    public void TryAuthenticate_NobodyMayCall_TakesNobody()
    {
        var authenticator = Create(new GatewayConfig { Backends = [], Auth = new AuthConfig() });

        Assert.False(authenticator.IsOpen);
        Assert.False(authenticator.TryAuthenticate("whatever", out _, out var failure));
        Assert.Equal(AuthenticationFailure.Unknown, failure);
    }

    [Theory]
    [InlineData("sekret", "api-key")]
    [InlineData("key-of-a", "a")]
    [InlineData("key-of-b", "b")]
    public void TryAuthenticate_RightKey_IsItsCaller(string credential, string name)
    {
        Assert.True(Create().TryAuthenticate(credential, out var caller, out var failure));

        Assert.Equal((name, AuthenticationFailure.None), (caller.Name, failure));
    }

    [Theory]
    [InlineData("", AuthenticationFailure.Missing)]
    [InlineData("sekre", AuthenticationFailure.Unknown)]
    [InlineData("sekrets", AuthenticationFailure.Unknown)]
    [InlineData("SEKRET", AuthenticationFailure.Unknown)]
    [InlineData("sekret,Bearer sekret", AuthenticationFailure.Unknown)]
    public void TryAuthenticate_OtherCredential_IsRefused(string credential, object failure)
    {
        Assert.False(Create().TryAuthenticate(credential, out var caller, out var found));

        Assert.Null(caller);
        Assert.Equal(failure, found);
    }

    [Fact]
    public void TryAuthenticate_KeyThatExpires_IsGoodUntilThen()
    {
        var authenticator = Create(_time.GetUtcNow() + TimeSpan.FromSeconds(10));

        _time.Advance(TimeSpan.FromSeconds(9.999));
        Assert.True(authenticator.TryAuthenticate("key-of-a", out _, out _));

        _time.Advance(TimeSpan.FromSeconds(0.001));
        Assert.False(authenticator.TryAuthenticate("key-of-a", out var caller, out var failure));
        Assert.Equal((null, AuthenticationFailure.Expired), (caller, failure));
        Assert.True(authenticator.TryAuthenticate("key-of-b", out _, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(170)]
    [InlineData(171)]
    [InlineData(5000)]
    public void TryAuthenticate_KeyOfAnyLength_IsCompared(int length)
    {
        var key = string.Concat(Enumerable.Repeat("é", length));
        var authenticator = Create(new GatewayConfig { Backends = [], Server = new ServerConfig { ApiKey = key } });

        Assert.True(authenticator.TryAuthenticate(key, out _, out _));
        Assert.False(authenticator.TryAuthenticate(key + "x", out _, out _));
    }

    private Authenticator Create(DateTimeOffset? expires = null) => Create(new GatewayConfig
    {
        Backends = [],
        Server = new ServerConfig { ApiKey = "sekret" },
        Auth = new AuthConfig
        {
            Keys =
            [
                new KeyConfig { Name = "a", Hash = KeyHash.Of("key-of-a"), Expires = expires },
                new KeyConfig { Name = "b", Hash = KeyHash.Of("key-of-b") },
            ],
        },
    });

    private Authenticator Create(GatewayConfig config) => new(config, new CallerFactory(new Meters(isShared: false, _time), config), null, _time);
}
