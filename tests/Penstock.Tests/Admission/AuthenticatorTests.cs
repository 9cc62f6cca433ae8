using Penstock.Admission;
using Xunit;

namespace Penstock.Tests.Admission;

public sealed class AuthenticatorTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("Bearer whatever")]
    [InlineData("Basic eDp5")]
    public void TryAuthenticate_NoKeyConfigured_TakesEveryone(string? authorization)
    {
        var authenticator = new Authenticator(null);

        Assert.True(authenticator.IsOpen);
        Assert.True(authenticator.TryAuthenticate(authorization, out var caller, out _));
        Assert.Equal(Caller.Anonymous, caller);
    }

    [Theory]
    [InlineData("Bearer sekret")]
    [InlineData("bearer sekret")]
    [InlineData("BEARER   sekret ")]
    public void TryAuthenticate_RightKey_IsTheKeyHolder(string authorization)
    {
        var authenticator = new Authenticator("sekret");

        Assert.False(authenticator.IsOpen);
        Assert.True(authenticator.TryAuthenticate(authorization, out var caller, out var error));
        Assert.Equal(Caller.KeyHolder, caller);
        Assert.Null(error);
    }

    [Theory]
    [InlineData(null, "No API key")]
    [InlineData("", "No API key")]
    [InlineData("sekret", "not one that")]
    [InlineData("Bearer", "not one that")]
    [InlineData("Bearer ", "not one that")]
    [InlineData("Bearersekret", "not one that")]
    [InlineData("Bearer sekre", "not one that")]
    [InlineData("Bearer sekrets", "not one that")]
    [InlineData("Bearer SEKRET", "not one that")]
    [InlineData("Basic sekret", "not one that")]
    [InlineData("Bearer sekret,Bearer sekret", "not one that")]
    public void TryAuthenticate_OtherCredential_Is401(string? authorization, string message)
    {
        Assert.False(new Authenticator("sekret").TryAuthenticate(authorization, out var caller, out var error));

        Assert.Null(caller);
        Assert.Equal((401, "authentication_error", "invalid_api_key"), (error.Status, error.Type, error.Code));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sekret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(5000)]
    public void TryAuthenticate_KeyOfAnyLength_IsCompared(int length)
    {
        var key = string.Concat(Enumerable.Repeat("é", length));
        var authenticator = new Authenticator(key);

        Assert.True(authenticator.TryAuthenticate("Bearer " + key, out _, out _));
        Assert.False(authenticator.TryAuthenticate("Bearer " + key + "x", out _, out _));
    }
}
