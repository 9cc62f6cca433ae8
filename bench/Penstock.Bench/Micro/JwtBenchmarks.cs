using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Admission.Jwt;
using Penstock.Configuration;

namespace Penstock.Bench.Micro;

/// <summary>Whose a token is: one that was seen before, as nearly all were, and one that was not.</summary>
[MemoryDiagnoser]
public class JwtBenchmarks : IDisposable
{
    private const string Issuer = "https://login.example.com";

    private readonly string _folder = Directory.CreateTempSubdirectory("penstock-bench-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly JwksCaches _caches = new(TimeProvider.System, NullLogger<JwksCache>.Instance);
    private readonly JwtValidator _validator;
    private readonly string _seen;
    private readonly string[] _unseen;
    private int _next;

    public JwtBenchmarks()
    {
        var file = Path.Combine(_folder, "jwks.json");
        var q = _key.ExportParameters(false).Q;
        File.WriteAllText(file, $$"""{"keys":[{"kty":"EC","crv":"P-256","x":"{{Base64Url.EncodeToString(q.X)}}","y":"{{Base64Url.EncodeToString(q.Y)}}"}]}""");
        _validator = new JwtValidator(
            [
                new JwtConfig
                {
                    Issuer = Issuer,
                    JwksFile = file,
                    Audiences = ["penstock"],
                    Algorithms = [JwtAlgorithm.ES256],
                },
            ],
            _caches,
            TimeProvider.System);
        _seen = Token("seen");
        // More than are remembered.
        _unseen = [.. Enumerable.Range(0, 20_000).Select(i => Token($"caller-{i}"))];
    }

    /// <summary>Some 800 characters, as tokens with a few roles have.</summary>
    [Benchmark(Baseline = true)]
    public async ValueTask<bool> Seen() => (await _validator.ValidateAsync(_seen, CancellationToken.None)).IsValid;

    [Benchmark]
    public async ValueTask<bool> Unseen() => (await _validator.ValidateAsync(_unseen[_next++ % _unseen.Length], CancellationToken.None)).IsValid;

    [GlobalCleanup]
    public void Dispose()
    {
        _caches.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private string Token(string name)
    {
        var header = Encode("""{"alg":"ES256"}""");
        var claims = Encode($$"""{"iss":"{{Issuer}}","aud":"penstock","sub":"{{name}}","exp":9999999999,"roles":"{{new string('r', 400)}}"}""");
        return $"{header}.{claims}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes($"{header}.{claims}"), HashAlgorithmName.SHA256))}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
