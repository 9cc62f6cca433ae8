using System.Globalization;
using System.Text;

namespace Penstock.Bench.Upstream;

/// <summary>Every byte that the mock upstream ever says, rendered once.</summary>
internal sealed class Answers
{
    private const string Words = "A penstock is the gate that meters water into a turbine; open it a little and a little "
        + "flows, open it wide and the wheel runs at full speed.";

    private const string StreamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
        + "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";

    private const string UsageEvent = "{\"id\":\"chatcmpl-8f14e45fceea167a5a36dedd4bea2543\",\"object\":\"chat.completion.chunk\","
        + "\"created\":1760000000,\"model\":\"mock\",\"choices\":[],"
        + "\"usage\":{\"prompt_tokens\":64,\"completion_tokens\":97,\"total_tokens\":161}}";

    public Answers(int events)
    {
        Completion = Whole("200 OK", "{\"id\":\"chatcmpl-8f14e45fceea167a5a36dedd4bea2543\",\"object\":\"chat.completion\","
            + "\"created\":1760000000,\"model\":\"mock\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
            + $"\"content\":\"{Words}\",\"refusal\":null}},\"logprobs\":null,\"finish_reason\":\"stop\"}}],"
            + "\"usage\":{\"prompt_tokens\":64,\"completion_tokens\":27,\"total_tokens\":91}}");
        Models = Whole("200 OK", "{\"object\":\"list\",\"data\":[{\"id\":\"mock\",\"object\":\"model\",\"created\":1760000000,"
            + "\"owned_by\":\"bench\"}]}");
        Health = Whole("200 OK", "{\"status\":\"ok\"}");
        NotFound = Whole("404 Not Found", "{\"error\":{\"message\":\"No such route\",\"type\":\"invalid_request_error\","
            + "\"param\":null,\"code\":\"not_found\"}}");
        Stream = Chunks(events, usage: false);
        StreamWithUsage = Chunks(events, usage: true);
        StreamAtOnce = Join(Stream);
        StreamWithUsageAtOnce = Join(StreamWithUsage);
    }

    public byte[] Completion { get; }

    public byte[] Models { get; }

    public byte[] Health { get; }

    public byte[] NotFound { get; }

    public static byte[] Continue { get; } = "HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray();

    /// <summary>One write each: the head with the first event, the others, and [DONE] with the last chunk.</summary>
    public byte[][] Stream { get; }

    /// <summary><see cref="Stream"/> for callers who sent <c>include_usage</c>: one event more.</summary>
    public byte[][] StreamWithUsage { get; }

    public byte[] StreamAtOnce { get; }

    public byte[] StreamWithUsageAtOnce { get; }

    private static byte[] Whole(string status, string json) => Encoding.UTF8.GetBytes(
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    private static byte[][] Chunks(int events, bool usage)
    {
        var words = Words.Split(' ');
        // With content: a gateway may keep a beginning without any until there is some.
        var data = new List<string>(events + 1) { Event($"{{\"role\":\"assistant\",\"content\":\"{words[0]}\",\"refusal\":null}}", "null") };
        for (var i = 0; i < events - 3; i++)
            data.Add(Event($"{{\"content\":\" {words[i % words.Length]}\"}}", "null"));
        data.Add(Event("{}", "\"stop\""));
        if (usage)
            data.Add(UsageEvent);
        data.Add("[DONE]");

        var chunks = new byte[data.Count][];
        for (var i = 0; i < chunks.Length; i++)
        {
            var text = $"data: {data[i]}\n\n";
            var size = text.Length.ToString("x", CultureInfo.InvariantCulture);
            var head = i == 0 ? StreamHead : "";
            var tail = i == chunks.Length - 1 ? "0\r\n\r\n" : "";
            chunks[i] = Encoding.ASCII.GetBytes($"{head}{size}\r\n{text}\r\n{tail}");
        }

        return chunks;
    }

    private static string Event(string delta, string finish) =>
        "{\"id\":\"chatcmpl-8f14e45fceea167a5a36dedd4bea2543\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,"
        + "\"model\":\"mock\",\"system_fingerprint\":\"fp_mock\",\"choices\":[{\"index\":0,"
        + $"\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{finish}}}]}}";

    private static byte[] Join(byte[][] chunks)
    {
        var whole = new MemoryStream();
        foreach (var chunk in chunks)
            whole.Write(chunk);
        return whole.ToArray();
    }
}
