using System.Text;
using Penstock.Backends;

namespace Penstock.Tests.Forwarding;

/// <summary>A backend in memory: it notes that it was asked, and does what a test says.</summary>
internal sealed class ScriptedBackend(string name, List<string> asked, Func<int, CancellationToken, ValueTask<BackendResponse>> answer) : IBackend
{
    private int _calls;

    public ValueTask<BackendResponse> SendAsync(BackendRequest request, CancellationToken cancellationToken)
    {
        lock (asked) asked.Add(name);
        return answer(Interlocked.Increment(ref _calls), cancellationToken);
    }

    public static BackendResponse Answer(int status, string body, string type = "application/json", params (string Name, string Value)[] headers)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return new BackendResponse(
            status, type, new MemoryStream(bytes), [.. headers.Select(h => KeyValuePair.Create(h.Name, h.Value))], bytes.Length);
    }

    /// <summary>A stream of these events, which ends in order or, where there is an exception, with that.</summary>
    public static BackendResponse Stream(Exception? end, params string[] events) => new(200, "text/event-stream", new EndingStream(events, end));

    private sealed class EndingStream(string[] events, Exception? end) : MemoryStream(Encoding.UTF8.GetBytes(string.Concat(events)))
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await base.ReadAsync(buffer, cancellationToken);
            return count > 0 || end is null ? count : throw end;
        }
    }
}
