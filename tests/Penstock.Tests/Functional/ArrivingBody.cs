using System.Text;
using Penstock.Tests.Tools;

namespace Penstock.Tests.Functional;

/// <summary>An answer's body, read as it arrives.</summary>
internal sealed class ArrivingBody(Stream stream) : IDisposable
{
    private readonly MemoryStream _received = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <summary>What has come so far.</summary>
    public string Text => Encoding.UTF8.GetString(_received.GetBuffer(), 0, (int)_received.Length);

    public static async Task<ArrivingBody> OfAsync(HttpResponseMessage response) => new(await response.Content.ReadAsStreamAsync());

    /// <summary>Reads until a text has come; it is there when the gateway has flushed it, and not before.</summary>
    public async Task ReadUntilAsync(string text)
    {
        while (!Text.Contains(text, StringComparison.Ordinal))
        {
            if (!await ReadAsync()) throw new IOException($"The body ended without '{text}': {Text}");
        }
    }

    public async Task<string> ReadToEndAsync()
    {
        while (await ReadAsync())
        {
        }

        return Text;
    }

    public void Dispose()
    {
        stream.Dispose();
        _received.Dispose();
    }

    private async Task<bool> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience.Default);
        var count = await stream.ReadAsync(_buffer, patience.Token);
        _received.Write(_buffer, 0, count);
        return count > 0;
    }
}
