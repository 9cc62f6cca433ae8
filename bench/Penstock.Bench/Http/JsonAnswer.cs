using System.Text;
using System.Text.Json;

namespace Penstock.Bench.Http;

/// <summary>A chat completion in one piece: it must be whole, and say how it finished.</summary>
internal sealed class JsonAnswer : IAnswer
{
    private byte[] _body = new byte[4096];
    private int _length;
    private bool _parsedOne;

    public int Events => 0;

    public void Reset() => _length = 0;

    public void Feed(ReadOnlySpan<byte> body)
    {
        if (_length + body.Length > _body.Length)
            Array.Resize(ref _body, Math.Max(_body.Length * 2, _length + body.Length));
        body.CopyTo(_body.AsSpan(_length));
        _length += body.Length;
    }

    public string? Verdict()
    {
        var body = _body.AsSpan(0, _length).Trim(" \r\n\t"u8);
        if (body.Length < 2 || body[0] != (byte)'{' || body[^1] != (byte)'}')
            return "the body is not a JSON object: " + Encoding.UTF8.GetString(body[..Math.Min(body.Length, 200)]);
        if (body.IndexOf("\"finish_reason\""u8) < 0)
            return "the body is not a chat completion: " + Encoding.UTF8.GetString(body[..Math.Min(body.Length, 200)]);
        if (_parsedOne)
            return null;

        // Each connection parses its first answer in full; for all others the frame and the ends must do.
        try
        {
            var reader = new Utf8JsonReader(body);
            while (reader.Read())
            {
            }

            _parsedOne = true;
            return null;
        }
        catch (JsonException e)
        {
            return "the body is not JSON: " + e.Message;
        }
    }
}
