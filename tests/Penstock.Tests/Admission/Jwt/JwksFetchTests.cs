using Penstock.Admission.Jwt;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Jwt;

/// <summary>Keys from an issuer behind a socket.</summary>
public sealed class JwksFetchTests
{
    private static readonly TestKey Second = TestKey.Ec("second");

    [Fact]
    public async Task Keys_FirstTokens_WaitForOneFetch()
    {
        await using var server = new IssuerServer();
        using var rig = RigOf(server);
        server.Hold();

        var pending = Start(50, () => rig.ValidateAsync(TestKey.Default.Token(rig.Claims())));
        await server.WaitForFetchesAsync(1);
        server.Release();

        Assert.All(await Task.WhenAll(pending), result => Assert.True(result.IsValid));
        Assert.Equal(1, server.Fetches);
    }

    [Fact]
    public async Task Keys_Rotated_UnknownKidHasThemFetchedOnceForAll()
    {
        await using var server = new IssuerServer();
        using var rig = RigOf(server);
        await rig.AssertValidAsync(TestKey.Default.Token(rig.Claims()));
        server.Publish(TestKey.Default, Second);
        server.Hold();

        var pending = Start(50, () => rig.ValidateAsync(Second.Token(rig.Claims())));
        await server.WaitForFetchesAsync(2);
        server.Release();

        Assert.All(await Task.WhenAll(pending), result => Assert.True(result.IsValid));
        Assert.Equal(2, server.Fetches);
    }

    [Fact]
    public async Task Keys_UnknownKid_AreFetchedEvery30SecondsAtMost()
    {
        await using var server = new IssuerServer();
        using var rig = RigOf(server);
        await rig.AssertValidAsync(TestKey.Default.Token(rig.Claims()));
        var unknown = Second.Token(rig.Claims());

        for (var i = 0; i < 20; i++) await rig.AssertRefusedAsync(JwtFailure.UnknownKey, unknown);
        Assert.Equal(2, server.Fetches);
        rig.Time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        await rig.AssertRefusedAsync(JwtFailure.UnknownKey, unknown);
        Assert.Equal(2, server.Fetches);
        rig.Time.Advance(TimeSpan.FromTicks(1));
        server.Publish(Second);
        await rig.AssertValidAsync(unknown);
        Assert.Equal(3, server.Fetches);
        await rig.AssertRefusedAsync(JwtFailure.UnknownKey, TestKey.Default.Token(rig.Claims()));
        Assert.Equal(3, server.Fetches);
    }

    [Fact]
    public async Task Keys_AfterTenMinutes_AreRenewedInTheBackground()
    {
        await using var server = new IssuerServer();
        using var rig = RigOf(server);
        var token = TestKey.Default.Token(rig.Claims());
        await rig.AssertValidAsync(token);
        server.Publish(Second);
        server.Hold();

        rig.Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        await rig.AssertValidAsync(token);
        Assert.Equal(1, server.Fetches);
        rig.Time.Advance(TimeSpan.FromTicks(1));
        // Nobody waits for it: the answer is held back.
        await rig.AssertValidAsync(token);
        await server.WaitForFetchesAsync(2);
        await rig.AssertValidAsync(token);
        server.Release();

        // What was found good with a key that is gone is not good any more.
        await rig.AssertSoonRefusedAsync(JwtFailure.UnknownKey, token);
        await rig.AssertValidAsync(Second.Token(rig.Claims()));
    }

    [Fact]
    public async Task Keys_NotAskedForLong_AreRenewedBeforeTheyAreUsed()
    {
        await using var server = new IssuerServer();
        using var rig = RigOf(server);
        var token = TestKey.Default.Token(rig.Claims());
        await rig.AssertValidAsync(token);
        server.Publish(Second);

        rig.Time.Advance(TimeSpan.FromMinutes(20));

        await rig.AssertRefusedAsync(JwtFailure.UnknownKey, token);
    }

    [Fact]
    public async Task Keys_IssuerDown_AreKept()
    {
        var server = new IssuerServer();
        using var rig = RigOf(server);
        var (token, other) = (TestKey.Default.Token(rig.Claims()), TestKey.Default.Token(rig.Claims(",\"x\":1")));
        await rig.AssertValidAsync(token);
        await server.DisposeAsync();

        for (var i = 0; i < 5; i++)
        {
            rig.Time.Advance(TimeSpan.FromMinutes(11));
            await rig.AssertValidAsync(token);
            await rig.AssertRefusedAsync(JwtFailure.UnknownKey, Second.Token(rig.Claims()));
        }

        await rig.AssertValidAsync(other);
    }

    [Fact]
    public async Task Keys_IssuerSendsNonsense_AreKept()
    {
        await using var server = new IssuerServer();
        using var rig = RigOf(server);
        await rig.AssertValidAsync(TestKey.Default.Token(rig.Claims()));

        foreach (var nonsense in new[] { Scripts.Html(), Scripts.Json(500, "{}"), Scripts.Json(200, "{}"), Scripts.ResetBeforeHeaders() })
        {
            server.Keys = nonsense;
            rig.Time.Advance(TimeSpan.FromSeconds(30));
            await rig.AssertRefusedAsync(JwtFailure.UnknownKey, Second.Token(rig.Claims()));
            await rig.AssertValidAsync(TestKey.Default.Token(rig.Claims()));
        }

        Assert.InRange(server.Fetches, 5, 9);
    }

    [Fact]
    public async Task Keys_IssuerDownFromTheStart_IsUnavailableUntilItIsUp()
    {
        await using var server = new IssuerServer();
        using var rig = RigOf(server);
        var token = TestKey.Default.Token(rig.Claims());
        server.Keys = Scripts.Json(503, "{}");

        await rig.AssertRefusedAsync(JwtFailure.IssuerUnavailable, token);
        server.Publish(TestKey.Default);
        await rig.AssertRefusedAsync(JwtFailure.IssuerUnavailable, token);
        Assert.Equal(1, server.Fetches);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await rig.AssertValidAsync(token);
    }

    [Fact]
    public async Task Keys_IssuerSilent_IsUnavailableAfterFiveSeconds()
    {
        await using var server = new IssuerServer();
        using var rig = RigOf(server);
        server.Hold();

        var pending = rig.ValidateAsync(TestKey.Default.Token(rig.Claims())).AsTask();
        await server.WaitForFetchesAsync(1);
        rig.Time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.False(pending.IsCompleted);
        rig.Time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(JwtFailure.IssuerUnavailable, (await pending).Failure);
    }

    [Fact]
    public async Task Keys_CallerLeaves_OthersStillGetThem()
    {
        await using var server = new IssuerServer();
        using var caches = new JwksCaches(TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<JwksCache>.Instance);
        var keys = caches.For(ConfigOf(server));
        using var leaving = new CancellationTokenSource();
        server.Hold();

        var (left, stays) = (keys.GetAsync(leaving.Token).AsTask(), keys.GetAsync(CancellationToken.None).AsTask());
        await server.WaitForFetchesAsync(1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        server.Release();

        Assert.Equal(1, (await stays)?.Count);
        Assert.Equal(1, server.Fetches);
    }

    [Fact]
    public async Task Keys_MoreThanOneMiB_AreNotTaken()
    {
        await using var server = new IssuerServer();
        using var rig = RigOf(server);
        var token = TestKey.Default.Token(rig.Claims());
        var set = JwtRig.JwksOf(TestKey.Default);

        server.Keys = Scripts.Json(200, set + new string(' ', BoundedBody.MostBytes - set.Length + 1));
        await rig.AssertRefusedAsync(JwtFailure.IssuerUnavailable, token);
        server.Keys = Scripts.Json(200, set + new string(' ', BoundedBody.MostBytes - set.Length));
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await rig.AssertValidAsync(token);
    }

    [Fact]
    public async Task Keys_RedirectWithinTheServer_IsFollowed()
    {
        await using var server = new IssuerServer();
        using var rig = RigOf(server);
        server.Keys = exchange => exchange.Request.Path == "/moved"
            ? exchange.JsonAsync(200, JwtRig.JwksOf(TestKey.Default)) : exchange.JsonAsync(302, "{}", ("Location", "/moved"));

        await rig.AssertValidAsync(TestKey.Default.Token(rig.Claims()));
    }

    [Fact]
    public async Task Keys_RedirectElsewhere_IsNotFollowed()
    {
        await using var other = new IssuerServer();
        await using var server = new IssuerServer();
        using var rig = RigOf(server);

        foreach (var location in new[] { other.Url + "/keys", other.Url["http:".Length..] + "/keys", "http://localhost:1/keys", "file:///etc/passwd", "/keys" })
        {
            server.Keys = exchange => exchange.JsonAsync(307, "{}", ("Location", location));
            await rig.AssertRefusedAsync(JwtFailure.IssuerUnavailable, TestKey.Default.Token(rig.Claims()));
            rig.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Empty(other.Gets);
    }

    [Fact]
    public async Task Discovery_Document_SaysWhereTheKeysAre()
    {
        await using var server = new IssuerServer();
        using var rig = DiscoveringRigOf(server);

        await rig.AssertValidAsync(TestKey.Default.Token(ClaimsOf(rig, server)));

        Assert.Equal(["/.well-known/openid-configuration", "/keys"], server.Gets.Select(get => get.Path));
    }

    [Theory]
    [InlineData("""{"issuer":"https://login.example.com","jwks_uri":"URL/keys"}""")]
    [InlineData("""{"issuer":"URL/","jwks_uri":"URL/keys"}""")]
    [InlineData("""{"jwks_uri":"URL/keys"}""")]
    [InlineData("""{"issuer":"URL"}""")]
    [InlineData("""{"issuer":"URL","jwks_uri":"/keys"}""")]
    [InlineData("""{"issuer":"URL","jwks_uri":"http://192.0.2.1/keys"}""")]
    [InlineData("""{"issuer":"URL","jwks_uri":"file:///etc/passwd"}""")]
    [InlineData("""{"issuer":"x","issuer":"URL","jwks_uri":"URL/keys"}""")]
    [InlineData("<html>")]
    public async Task Discovery_DocumentOfAnother_IsUnavailable(string document)
    {
        await using var server = new IssuerServer();
        using var rig = DiscoveringRigOf(server);
        server.Discovery = document.Replace("URL", server.Url, StringComparison.Ordinal);

        await rig.AssertRefusedAsync(JwtFailure.IssuerUnavailable, TestKey.Default.Token(ClaimsOf(rig, server)));

        Assert.Equal(0, server.Fetches);
    }

    [Fact]
    public async Task File_Changed_IsReadAgainWithinASecond()
    {
        using var rig = new JwtRig();
        var token = TestKey.Default.Token(rig.Claims());
        await rig.AssertValidAsync(token);
        rig.Write(Second);

        await rig.AssertValidAsync(token);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await rig.AssertSoonRefusedAsync(JwtFailure.UnknownKey, token);
        await rig.AssertValidAsync(Second.Token(rig.Claims()));
    }

    [Fact]
    public async Task File_GoneOrNonsense_KeepsTheKeys()
    {
        using var rig = new JwtRig();
        var token = TestKey.Default.Token(rig.Claims());
        await rig.AssertValidAsync(token);

        File.Delete(rig.File);
        rig.Time.Advance(TimeSpan.FromSeconds(3));
        await rig.AssertValidAsync(token);
        await File.WriteAllTextAsync(rig.File, "{");
        rig.Time.Advance(TimeSpan.FromSeconds(3));
        await rig.AssertValidAsync(token);
        rig.Write(Second);
        rig.Time.Advance(TimeSpan.FromSeconds(3));
        await rig.AssertValidAsync(Second.Token(rig.Claims()));
    }

    [Fact]
    public void Caches_SameIssuer_AreTheSameOverReloads()
    {
        using var caches = new JwksCaches(TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<JwksCache>.Instance);
        var config = new JwtConfig
        {
            Issuer = "https://a.example.com",
            Audiences = ["x"],
            Algorithms = [JwtAlgorithm.RS256],
        };

        Assert.Same(caches.For(config), caches.For(config with { Audiences = ["y"] }));
        Assert.NotSame(caches.For(config), caches.For(config with { JwksUrl = new Uri("https://a.example.com/keys") }));
        Assert.NotSame(caches.For(config), caches.For(config with { Issuer = "https://b.example.com" }));
    }

    private static JwtConfig ConfigOf(IssuerServer server) => new()
    {
        Issuer = server.Url,
        JwksUrl = new Uri(server.Url + "/keys"),
        Audiences = ["penstock"],
        Algorithms = [JwtAlgorithm.ES256],
    };

    private static JwtRig RigOf(IssuerServer server) => new(config => config with { JwksFile = null, JwksUrl = new Uri(server.Url + "/keys") });

    private static JwtRig DiscoveringRigOf(IssuerServer server) => new(config => config with { JwksFile = null, Issuer = server.Url });

    private static string ClaimsOf(JwtRig rig, IssuerServer server) => rig.Claims().Replace(JwtRig.Issuer, server.Url, StringComparison.Ordinal);

    private static Task<JwtResult>[] Start(int count, Func<ValueTask<JwtResult>> validate) => [.. Enumerable.Range(0, count).Select(_ => validate().AsTask())];
}
