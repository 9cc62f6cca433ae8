using Penstock.Admission.Jwt;
using Xunit;

namespace Penstock.Tests.Admission.Jwt;

public sealed class ValidatedTokensTests
{
    private static readonly ValidatedToken Token = new(
        new JwtIdentity { Issuer = "i", Name = "n", Expires = DateTimeOffset.UnixEpoch }, new FixedKeys(new Jwks([])), new Jwks([]));

    [Fact]
    public void TryGet_WhatWasPut_IsThere()
    {
        var tokens = new ValidatedTokens();
        tokens.Put(Hash(1), Token);

        Assert.True(tokens.TryGet(Hash(1), out var found));
        Assert.Same(Token, found);
        Assert.False(tokens.TryGet(Hash(2), out _));
    }

    [Fact]
    public void Put_Again_Replaces()
    {
        var tokens = new ValidatedTokens();
        var other = Token with { Keys = new Jwks([]) };
        tokens.Put(Hash(1), Token);
        tokens.Put(Hash(1), other);

        Assert.True(tokens.TryGet(Hash(1), out var found));
        Assert.Same(other, found);
        Assert.Equal(1, tokens.Count);
    }

    [Fact]
    public void Put_Many_KeepsNoMoreThanTwoGenerations()
    {
        var tokens = new ValidatedTokens(perGeneration: 100);
        for (var i = 0; i < 10_000; i++)
        {
            tokens.Put(Hash(i), Token);
            Assert.InRange(tokens.Count, 1, 200);
        }

        Assert.True(tokens.TryGet(Hash(9_950), out _));
        Assert.False(tokens.TryGet(Hash(1), out _));
    }

    [Fact]
    public void TryGet_InUse_IsKept()
    {
        var tokens = new ValidatedTokens(perGeneration: 100);
        tokens.Put(Hash(-1), Token);
        for (var i = 0; i < 10_000; i++)
        {
            tokens.Put(Hash(i), Token);
            Assert.True(tokens.TryGet(Hash(-1), out _));
        }
    }

    [Fact]
    public void TokenHash_OtherText_IsAnother()
    {
        Assert.True(TokenHash.TryOf("a.b.c", out var one));
        Assert.True(TokenHash.TryOf("a.b.c", out var same));
        Assert.True(TokenHash.TryOf("a.b.d", out var other));
        Assert.True(TokenHash.TryOf(new string('x', ParsedJwt.MostChars), out _));
        Assert.False(TokenHash.TryOf(new string('x', ParsedJwt.MostChars + 1), out _));
        Assert.False(TokenHash.TryOf("a.é.c", out _));
        Assert.Equal(one, same);
        Assert.NotEqual(one, other);
    }

    [Fact]
    public async Task Validate_SeenToken_AllocatesNothing()
    {
        using var rig = new JwtRig();
        var token = TestKey.Default.Token(rig.Claims());
        await rig.AssertValidAsync(token);
        for (var i = 0; i < 1000; i++) Assert.True((await rig.ValidateAsync(token)).IsValid);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) _ = await rig.ValidateAsync(token);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // Less than a byte each: the count itself may cost something, once.
        Assert.InRange(allocated, 0, 999);
    }

    private static TokenHash Hash(int i) => new((ulong)i, 0, 0, 0);
}
