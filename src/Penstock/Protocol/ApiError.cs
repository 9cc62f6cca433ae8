using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Penstock.Protocol;

/// <summary>
/// An error in OpenAI's shape: <c>{"error":{"message","type","param","code"}}</c>, with the HTTP status that carries it.
/// The catalogue of the ones that the gateway makes itself is <see cref="Errors"/>.
/// </summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Type">OpenAI's coarse kind, like <c>invalid_request_error</c>.</param>
/// <param name="Code">The exact reason, for programs.</param>
/// <param name="Message">What happened and what to do about it, for people.</param>
/// <param name="Param">The request's field that is to blame, like <c>messages[2].role</c>.</param>
internal sealed record ApiError(int Status, string Type, string Code, string Message, string? Param = null)
{
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        // The body is application/json and never inside HTML: an apostrophe may stay an apostrophe.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>When asking again makes sense; sent as <c>Retry-After</c>, in whole seconds, rounded up.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What is asked for in <c>WWW-Authenticate</c>, with the reason where a credential is refused (RFC 6750, 3).</summary>
    public string? Challenge { get; init; }

    /// <summary>The methods that the resource has, for <c>Allow</c> (RFC 9110, 15.5.6).</summary>
    public string? Allow { get; init; }

    public void WriteTo(IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, WriterOptions);
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, Message);
        json.WriteString("type"u8, Type);
        json.WriteString("param"u8, Param);
        json.WriteString("code"u8, Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public byte[] ToJson()
    {
        var output = new ArrayBufferWriter<byte>(256);
        WriteTo(output);
        return output.WrittenSpan.ToArray();
    }
}
