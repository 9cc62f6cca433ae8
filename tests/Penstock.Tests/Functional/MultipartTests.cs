using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>Forms with files: routed by their <c>model</c> wherever it stands, spooled, and passed on byte for byte.</summary>
public sealed class MultipartTests : IAsyncLifetime
{
    private const string Boundary = "----odd'boundary";

    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start(Scripts.Json(200, """{"text":"hello"}"""));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _upstream.DisposeAsync();
        Assert.Empty(_upstream.ScriptErrors);
    }

    [Theory]
    [InlineData(true, 100)]
    [InlineData(false, 100)]
    [InlineData(true, 5 * 1024 * 1024)]
    [InlineData(false, 5 * 1024 * 1024)]
    public async Task Form_WithRenamedModel_ChangesInThatFieldOnly(bool isModelFirst, int fileSize)
    {
        await using var gateway = await StartAsync("    model: whisper-large-v3-turbo");
        var file = FileOf(fileSize);

        using var response = await PostAsync(gateway, Form(isModelFirst, "whisper-1", file));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"text":"hello"}""", await response.Content.ReadAsStringAsync());
        var request = await _upstream.WaitForRequestAsync();
        Assert.Equal("/v1/audio/transcriptions", request.Target);
        Assert.Equal($"multipart/form-data; boundary=\"{Boundary}\"", request.Header("Content-Type"));
        AssertSame(Form(isModelFirst, "whisper-large-v3-turbo", file), request.Body);
    }

    [Fact]
    public async Task Form_WithoutRenaming_PassesByteForByte()
    {
        await using var gateway = await StartAsync();
        byte[] form = [.. "preamble\r\n"u8, .. Form(false, "whisper-1", FileOf(2 * 1024 * 1024)), .. "\r\nepilogue\r\n"u8];

        using var response = await PostAsync(gateway, form);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        AssertSame(form, (await _upstream.WaitForRequestAsync()).Body);
    }

    [Fact]
    public async Task Form_SentChunked_PassesWithItsLength()
    {
        await using var gateway = await StartAsync();
        var form = Form(true, "whisper-1", FileOf(100_000));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/audio/transcriptions") { Content = ContentOf(form) };
        request.Headers.TransferEncodingChunked = true;

        using var response = await gateway.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(form, (await _upstream.WaitForRequestAsync()).Body);
    }

    [Fact]
    public async Task Form_IsRoutedByItsModel()
    {
        await using var other = ScriptedUpstream.Start(Scripts.Json(200, """{"text":"other"}"""));
        await using var gateway = await TestGateway.StartAsync($"""
            backends:
              - name: remote
                url: {_upstream.Url}
                models: [whisper-1]
              - name: other
                url: {other.Url}
                models: ["tts-*"]
            """);

        using var first = await PostAsync(gateway, Form(false, "whisper-1", FileOf(100)));
        using var second = await PostAsync(gateway, Form(false, "tts-2", FileOf(100)));
        using var unknown = await PostAsync(gateway, Form(false, "nobody's", FileOf(100)));
        using var missing = await PostAsync(gateway, Encoding.UTF8.GetBytes(
            $"--{Boundary}\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--{Boundary}--\r\n"));

        Assert.Equal("remote", Answers.HeaderOf(first, "X-Backend"));
        Assert.Equal("other", Answers.HeaderOf(second, "X-Backend"));
        Assert.Contains("nobody's", await Answers.AssertErrorAsync(unknown, 404, "model_not_found", backend: null, param: "model"), StringComparison.Ordinal);
        await Answers.AssertErrorAsync(missing, 400, "missing_required_parameter", backend: null, param: "model");
    }

    [Fact]
    public async Task Form_WithTwoModels_Is400()
    {
        await using var gateway = await StartAsync();
        var field = $"--{Boundary}\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n";

        using var response = await PostAsync(gateway, Encoding.UTF8.GetBytes($"{field}a\r\n{field}b\r\n--{Boundary}--\r\n"));

        await Answers.AssertErrorAsync(response, 400, "invalid_value", backend: null, param: "model");
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no form at all")]
    [InlineData("--odd\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--odd")]
    [InlineData("--odd\r\nno header\r\n\r\nm\r\n--odd--\r\n")]
    public async Task Form_ThatIsBroken_Is400(string form)
    {
        await using var gateway = await StartAsync();

        using var response = await PostAsync(gateway, Encoding.UTF8.GetBytes(form.Replace("--odd", "--" + Boundary, StringComparison.Ordinal)));

        await Answers.AssertErrorAsync(response, 400, "invalid_value", backend: null);
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Form_BeyondTheLimit_Is413(bool isChunked)
    {
        await using var gateway = await StartAsync(more: "server: { max_body_bytes: 50000 }");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/audio/transcriptions")
        {
            Content = ContentOf(Form(true, "m", FileOf(100_000))),
        };
        request.Headers.TransferEncodingChunked = isChunked;

        using var response = await gateway.Client.SendAsync(request);

        await Answers.AssertErrorAsync(response, 413, "request_too_large", backend: null);
        Assert.Empty(_upstream.Requests);
    }

    private static void AssertSame(byte[] expected, byte[] actual) =>
        Assert.True(expected.AsSpan().SequenceEqual(actual), "The form is another one.");

    private static byte[] FileOf(int size)
    {
        var file = new byte[size];
        new Random(7).NextBytes(file);
        // Something that looks like a field, within the file.
        Encoding.ASCII.GetBytes("\r\nname=\"model\"\r\n\r\nno\r\n--").CopyTo(file, size / 2);
        return file;
    }

    private static byte[] Form(bool isModelFirst, string model, byte[] file)
    {
        var modelField = Encoding.UTF8.GetBytes($"--{Boundary}\r\ncontent-disposition:form-data;name=model\r\n\r\n{model}\r\n");
        byte[] fileField =
        [
            .. Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \u00e9.mp3\"\r\nContent-Type: audio/mpeg\r\n\r\n"),
            .. file, .. "\r\n"u8,
        ];
        var end = Encoding.UTF8.GetBytes(
            $"--{Boundary}\r\nContent-Disposition: form-data; name=\"language\"\r\nX-Odd:  header\r\n\r\nde\r\n--{Boundary}--\r\n");
        return isModelFirst ? [.. modelField, .. fileField, .. end] : [.. fileField, .. modelField, .. end];
    }

    private static ByteArrayContent ContentOf(byte[] form)
    {
        var content = new ByteArrayContent(form);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/form-data; boundary=\"{Boundary}\"");
        return content;
    }

    private static async Task<HttpResponseMessage> PostAsync(TestGateway gateway, byte[] form)
    {
        using var content = ContentOf(form);
        return await gateway.Client.PostAsync("/v1/audio/transcriptions", content);
    }

    private Task<TestGateway> StartAsync(string backend = "", string more = "") =>
        TestGateway.InFrontOfAsync(new Uri(_upstream.Url), backend + "\n" + more);
}
