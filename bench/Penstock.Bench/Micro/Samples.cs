using System.Text;

namespace Penstock.Bench.Micro;

/// <summary>What the micro-benchmarks work on: the shapes and sizes of real traffic.</summary>
internal static class Samples
{
    /// <summary>A chat request of about half a KiB.</summary>
    public static readonly byte[] Request = Encoding.UTF8.GetBytes(
        """
        {"model":"llama-3-8b","stream":true,"temperature":0.7,"max_tokens":512,"messages":[{"role":"system","content":"You are a helpful assistant.\nAnswer in one sentence."},{"role":"user","content":"Why is the sky blue, and why is it red in the evening? I have read that it has to do with the air, but not how. Explain it to me as you would to a child of ten years, please, and give an example from daily life."}],"top_p":0.95,"stop":["\n\n","User:"],"user":"u-1234"}
        """);

    /// <summary>A chat request of about 100 KiB, an escaped line end every 80 characters.</summary>
    public static readonly byte[] LongRequest = Encoding.UTF8.GetBytes(
        "{\"model\":\"llama-3-8b\",\"messages\":[{\"role\":\"user\",\"content\":\""
        + string.Concat(Enumerable.Repeat(new string('x', 78) + "\\n", 1280)) + "\"}]}");

    /// <summary>A whole answer.</summary>
    public static readonly byte[] Answer = Encoding.UTF8.GetBytes(
        """
        {"id":"chatcmpl-9f2b8c1e","object":"chat.completion","created":1790000000,"model":"llama-3-8b","choices":[{"index":0,"message":{"role":"assistant","content":"Blue light is scattered by the air more than red light is.\nIn the evening its way through the air is longer.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":71,"completion_tokens":27,"total_tokens":98,"prompt_tokens_details":{"cached_tokens":0}}}
        """);

    /// <summary>A chunk of a streamed answer, as vLLM sends it.</summary>
    public static readonly byte[] Chunk = Encoding.UTF8.GetBytes(
        """
        {"id":"chatcmpl-9f2b8c1e","object":"chat.completion.chunk","created":1790000000,"model":"llama-3-8b","choices":[{"index":0,"delta":{"content":" scattered"},"logprobs":null,"finish_reason":null}]}
        """);

    /// <summary>A read of three events.</summary>
    public static readonly byte[] Events = [.. Framed(Chunk), .. Framed(Chunk), .. Framed(Chunk)];

    private static byte[] Framed(byte[] data) => [.. "data: "u8, .. data, .. "\n\n"u8];
}
