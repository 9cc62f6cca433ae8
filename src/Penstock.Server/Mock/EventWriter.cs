using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Penstock.Server.Mock;

/// <summary>Writes server-sent events, each flushed by itself as inference servers do.</summary>
internal sealed class EventWriter(PipeWriter output) : IAsyncDisposable
{
    public Utf8JsonWriter Json { get; } = new(output, JsonAnswer.WriterOptions);

    /// <summary>Begins an event whose data <see cref="Json"/> then takes.</summary>
    public void Begin()
    {
        output.Write("data: "u8);
        Json.Reset();
    }

    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        Json.Flush();
        output.Write("\n\n"u8);
        await output.FlushAsync(cancellationToken);
    }

    public async ValueTask SendDoneAsync(CancellationToken cancellationToken)
    {
        output.Write("data: [DONE]\n\n"u8);
        await output.FlushAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => Json.DisposeAsync();
}
