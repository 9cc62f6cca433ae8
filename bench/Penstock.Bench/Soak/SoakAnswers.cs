using System.Globalization;
using System.Text;

namespace Penstock.Bench.Soak;

/// <summary>What the soak's upstreams say, and what a caller of the gateway is to get: the words w1 to w60.</summary>
internal static class SoakAnswers
{
    public const int Words = 60;

    private const int PromptTokens = 12;
    private const string Frame = "\"id\":\"chatcmpl-soak\",\"created\":1760000000,\"model\":\"soak\"";

    /// <summary>The whole text.</summary>
    public static string Text { get; } = TextFrom(0);

    public static string TextFrom(int said) =>
        string.Concat(Enumerable.Range(said, Words - said).Select(Word));

    /// <summary>A word with the space before it; they are numbered from 0.</summary>
    public static string Word(int index) => string.Create(CultureInfo.InvariantCulture, $"{(index == 0 ? "" : " ")}w{index + 1}");

    /// <param name="said">Words that the request has already, and that are not said again.</param>
    public static byte[] Completion(int said) => Json(200,
        $"{{{Frame},\"object\":\"chat.completion\",\"choices\":[{{\"index\":0,\"message\":{{\"role\":\"assistant\",\"content\":\"{TextFrom(said)}\"}},"
        + $"\"logprobs\":null,\"finish_reason\":\"stop\"}}],\"usage\":{Usage(said)}}}");

    public static byte[] Error(int status, string headers = "") => Json(status,
        $"{{\"error\":{{\"message\":\"injected\",\"type\":\"server_error\",\"param\":null,\"code\":\"injected_{status}\"}}}}", headers);

    public static byte[] Models() => Json(200,
        "{\"object\":\"list\",\"data\":[{\"id\":\"soak\",\"object\":\"model\",\"created\":1760000000,\"owned_by\":\"soak\"}]}");

    public static byte[] StreamHead() => Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");

    public static byte[] RoleEvent() => Chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null");

    public static byte[] WordEvent(int index) => Chunk($"{{\"content\":\"{Word(index)}\"}}", "null");

    public static byte[] BadEvent() => Event("{\"choices\":[{\"delta\":{\"content\":\"br");

    public static byte[] FinishEvent() => Chunk("{}", "\"stop\"");

    public static byte[] UsageEvent(int said) =>
        Event($"{{{Frame},\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{Usage(said)}}}");

    public static byte[] DoneEvent() => Event("[DONE]");

    public static byte[] LastChunk() => "0\r\n\r\n"u8.ToArray();

    private static string Usage(int said) => string.Create(CultureInfo.InvariantCulture,
        $"{{\"prompt_tokens\":{PromptTokens + said},\"completion_tokens\":{Words - said},\"total_tokens\":{PromptTokens + Words}}}");

    private static byte[] Chunk(string delta, string finish) => Event(
        $"{{{Frame},\"object\":\"chat.completion.chunk\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{finish}}}]}}");

    private static byte[] Event(string data)
    {
        var text = $"data: {data}\n\n";
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{text.Length:x}\r\n{text}\r\n"));
    }

    private static byte[] Json(int status, string json, string headers = "") => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"HTTP/1.1 {status} Soak\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n{headers}\r\n{json}"));
}
