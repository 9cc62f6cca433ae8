using System.Text;

namespace Penstock.Tests.Tools;

/// <summary>A streamed answer that is being read: what has come so far, and the rest when it ends.</summary>
internal sealed class OpenStream : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Stream _body;
    private readonly StringBuilder _text = new();

    private OpenStream(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _body = body;
    }

    /// <summary>What has come so far.</summary>
    public string Text => _text.ToString();

    public HttpResponseMessage Response => _response;

    /// <summary>Asks for a streamed chat completion and returns when the headers are there.</summary>
    public static async Task<OpenStream> ChatAsync(HttpClient client, string more = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent($$"""{"model":"m","stream":true,"messages":[{"role":"user","content":"hello"}]{{more}}}""", Encoding.UTF8, "application/json"),
        };
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience.Default);
        return new OpenStream(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>Reads until <paramref name="text"/> has come.</summary>
    public async Task ReadToAsync(string text)
    {
        while (!Text.Contains(text, StringComparison.Ordinal))
        {
            if (!await ReadAsync()) throw new EndOfStreamException($"The stream ended without '{text}':\n{Text}");
        }
    }

    /// <summary>Reads to the end.</summary>
    public async Task<SseText> ReadToEndAsync()
    {
        while (await ReadAsync())
        {
        }

        return SseText.Parse(Text);
    }

    public void Dispose()
    {
        _body.Dispose();
        _response.Dispose();
    }

    private async Task<bool> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience.Default);
        var buffer = new byte[4096];
        var count = await _body.ReadAsync(buffer, patience.Token);
        _text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        return count > 0;
    }
}
