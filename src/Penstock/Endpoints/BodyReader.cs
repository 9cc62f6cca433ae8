using System.Buffers;
using Microsoft.AspNetCore.Http;
using Penstock.Protocol;

namespace Penstock.Endpoints;

/// <summary>Reads a request's body into one pooled buffer.</summary>
internal static class BodyReader
{
    // Room is made for what has come, not for what was announced: an announcement costs its sender nothing.
    private const int MostRoomInAdvance = 256 * 1024;

    /// <returns>The body, or null where it is larger than allowed.</returns>
    public static async ValueTask<PooledBuffer?> ReadAsync(HttpRequest request, long limit)
    {
        if (request.ContentLength > limit) return null;
        ExchangePipeline.LiftServerLimit(request.HttpContext);
        var buffer = new PooledBuffer((int)Math.Clamp(request.ContentLength ?? 0, 1024, MostRoomInAdvance));
        var isOwned = true;
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
                if (read.Buffer.Length > limit - buffer.Length) return null;
                Append(buffer, read.Buffer);
                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCanceled) throw new OperationCanceledException();
                if (!read.IsCompleted) continue;
                isOwned = false;
                return buffer;
            }
        }
        finally
        {
            if (isOwned) buffer.Dispose();
        }
    }

    private static void Append(PooledBuffer buffer, in ReadOnlySequence<byte> bytes)
    {
        var length = (int)bytes.Length;
        bytes.CopyTo(buffer.GetMemory(length).Span);
        buffer.Advance(length);
    }
}
