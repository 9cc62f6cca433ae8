using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Admission.Jwt;
using Penstock.Configuration;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Jwt;

/// <summary>A validator, its clock, and the file with its issuer's keys.</summary>
internal sealed class JwtRig : IDisposable
{
    public const string Issuer = "https://login.example.com";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("penstock-jwt-");
    private readonly JwksCaches _caches;
    private readonly JwtValidator _validator;

    /// <param name="change">What the issuer's configuration says otherwise. By itself it has the keys of a file and may use all algorithms of key pairs.</param>
    /// <param name="keys">What is in the file.</param>
    public JwtRig(Func<JwtConfig, JwtConfig>? change = null, params TestKey[] keys)
    {
        _caches = new JwksCaches(Time, NullLogger<JwksCache>.Instance);
        Write(keys);
        var config = new JwtConfig
        {
            Issuer = Issuer,
            JwksFile = File,
            Audiences = ["penstock"],
            Algorithms = [.. Enum.GetValues<JwtAlgorithm>().Where(algorithm => algorithm != JwtAlgorithm.HS256)],
        };
        _validator = new JwtValidator([change is null ? config : change(config)], _caches, Time);
    }

    /// <summary>A rig whose issuer has <see cref="TestKey.Default"/>.</summary>
    public JwtRig()
        : this(null, TestKey.Default)
    {
    }

    public ManualTime Time { get; } = new();

    public string File => Path.Combine(_folder.FullName, "jwks.json");

    /// <summary>Now, in seconds since 1970.</summary>
    public long Now => Time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Claims that are good for an hour.</summary>
    /// <param name="more">More members, each behind a comma.</param>
    public string Claims(string more = "") => $$"""{"iss":"{{Issuer}}","aud":"penstock","sub":"alice","exp":{{Now + 3600}}{{more}}}""";

    public void Write(params TestKey[] keys) => System.IO.File.WriteAllText(File, JwksOf(keys));

    public static string JwksOf(params TestKey[] keys) => $$"""{"keys":[{{string.Join(",", keys.Select(key => key.Jwk))}}]}""";

    public ValueTask<JwtResult> ValidateAsync(string token) => _validator.ValidateAsync(token, CancellationToken.None);

    public async Task<JwtIdentity> AssertValidAsync(string token)
    {
        var result = await ValidateAsync(token);
        Assert.Equal(JwtFailure.None, result.Failure);
        return Assert.IsType<JwtIdentity>(result.Identity);
    }

    public async Task AssertRefusedAsync(JwtFailure failure, string token)
    {
        var result = await ValidateAsync(token);
        Assert.Equal(failure, result.Failure);
        Assert.Null(result.Identity);
    }

    /// <summary>Asks until a token is refused so: keys are renewed in the background.</summary>
    public async Task AssertSoonRefusedAsync(JwtFailure failure, string token)
    {
        var started = TimeProvider.System.GetTimestamp();
        while ((await ValidateAsync(token)).Failure != failure && TimeProvider.System.GetElapsedTime(started) < Patience.Default) await Task.Delay(5);
        await AssertRefusedAsync(failure, token);
    }

    public void Dispose()
    {
        _caches.Dispose();
        _folder.Delete(recursive: true);
    }
}
