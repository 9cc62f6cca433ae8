using FsCheck;
using FsCheck.Fluent;
using Penstock.Admission.Jwt;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Admission.Jwt;

public sealed class JwtProperties : IAsyncLifetime, IDisposable
{
    private static readonly string[] Names = ["alice", "bob", "carol"];

    private readonly JwtRig _rig = new();

    // After this, while the clock stands, the keys are there and are not looked at again: no validation waits.
    public async Task InitializeAsync()
    {
        await _rig.AssertValidAsync(TestKey.Default.Token(_rig.Claims()));
        await _rig.AssertRefusedAsync(JwtFailure.UnknownKey, TestKey.Ec("other").Token(_rig.Claims()));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _rig.Dispose();

    // The token is one of an elliptic curve, and base64url is strict: no other text is a token of anybody.
    [Fact]
    public void Validate_AnyMutation_IsRefused()
    {
        var valid = TestKey.Default.Token(_rig.Claims());
        Assert.True(Validate(valid).IsValid);

        ForAll.Check(Mutations(valid), mutated => Assert.Equal(mutated == valid, Validate(mutated).IsValid), count: 3000);
    }

    // Parts of good tokens of several callers put together are a good token of one of them, or none.
    [Fact]
    public void Validate_AnyMixOfParts_IsTheSignersOwn()
    {
        var tokens = Names.ToDictionary(
            name => TestKey.Default.Token(_rig.Claims().Replace("alice", name, StringComparison.Ordinal)), name => name);
        var parts = tokens.Keys.SelectMany(token => token.Split('.')).Append("").ToArray();

        ForAll.Check(Gen.ArrayOf(Gen.Elements(parts), 3), mix =>
        {
            var token = string.Join('.', mix);
            Assert.Equal(tokens.GetValueOrDefault(token), Validate(token).Identity?.Name);
        });
    }

    private JwtResult Validate(string token)
    {
        JwtResult? result = null;
        _ = RunAsync();
        return result ?? throw new InvalidOperationException("The validation waits.");

        async Task RunAsync() => result = await _rig.ValidateAsync(token);
    }

    private static Gen<string> Mutations(string valid)
    {
        var place = Gen.Choose(0, valid.Length - 1);
        var letter = Gen.OneOf(Gen.Elements("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.".ToCharArray()), Gen.Choose(0, 255).Select(n => (char)n));
        return Gen.OneOf(
            from i in place from c in letter select valid[..i] + c + valid[(i + 1)..],
            from i in place from c in letter select valid[..i] + c + valid[i..],
            from i in place select valid.Remove(i, 1),
            from i in place from j in place select Swapped(valid, i, j),
            from i in place from n in Gen.Choose(0, 40) select valid[..i] + valid[Math.Min(i + n, valid.Length)..],
            from i in place from n in Gen.Choose(1, 40) select Repeated(valid, i, Math.Min(n, valid.Length - i)));
    }

    private static string Repeated(string text, int start, int length) => string.Concat(text.AsSpan(0, start + length), text.AsSpan(start));

    private static string Swapped(string text, int i, int j)
    {
        var letters = text.ToCharArray();
        (letters[i], letters[j]) = (letters[j], letters[i]);
        return new string(letters);
    }
}
