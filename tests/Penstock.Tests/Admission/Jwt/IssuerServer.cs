using Penstock.Tests.Tools;

namespace Penstock.Tests.Admission.Jwt;

/// <summary>An issuer on this machine: its discovery document and its keys, which a test changes and holds back.</summary>
internal sealed class IssuerServer : IAsyncDisposable
{
    private readonly ScriptedUpstream _server = ScriptedUpstream.Start();

    public IssuerServer()
    {
        Discovery = $$"""{"issuer":"{{Url}}","jwks_uri":"{{Url}}/keys"}""";
        _server.GetScript = AnswerAsync;
        _server.Release();
    }

    public string Url => _server.Url;

    public string Discovery { get; set; }

    /// <summary>The answer to a request for keys.</summary>
    public Func<ScriptedExchange, Task> Keys { get; set; } = Scripts.Json(200, JwtRig.JwksOf(TestKey.Default));

    /// <summary>How often keys were asked for.</summary>
    public int Fetches => _server.Gets.Count(get => get.Path == "/keys");

    public IReadOnlyList<ScriptedRequest> Gets => _server.Gets;

    public void Publish(params TestKey[] keys) => Keys = Scripts.Json(200, JwtRig.JwksOf(keys));

    /// <summary>Holds answers back until <see cref="Release"/>.</summary>
    public void Hold() => _server.CloseGate();

    public void Release() => _server.Release();

    public Task WaitForFetchesAsync(int count) => Patience.UntilAsync(() => Fetches >= count, $"{count} fetches of keys");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(ScriptedExchange exchange)
    {
        await exchange.Released;
        if (exchange.Request.Path == "/.well-known/openid-configuration") await exchange.JsonAsync(200, Discovery);
        else await Keys(exchange);
    }
}
