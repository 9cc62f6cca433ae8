using System.Globalization;
using System.Text;

namespace Penstock.Bench.Soak;

/// <summary>A call of the gateway: of what kind it is depends on its number, so that every run has the same mix.</summary>
internal sealed class SoakCall(int number, HttpClient client, TimeSpan patience)
{
    private const int LeavesOneIn = 20;

    // Two streams for each whole answer; the modulus is another one than that of whoever leaves, so that all combine.
    private bool IsStreamed => number % 3 != 0;

    private bool WantsUsage => number % 2 == 0;

    private bool Leaves => number % LeavesOneIn == 7;

    public async Task<SoakVerdict> RunAsync()
    {
        using var ending = new CancellationTokenSource(patience);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        // Some leave before anything has come, others in the middle.
        if (Leaves)
            leaving.CancelAfter(TimeSpan.FromMilliseconds(5 + number % 300));
        try
        {
            using var request = NewRequest();
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
            var body = await response.Content.ReadAsStringAsync(leaving.Token);
            return response.Content.Headers.ContentType?.MediaType == "text/event-stream"
                ? IsStreamed ? SoakJudge.Stream(body, WantsUsage) : SoakVerdict.Wrong("a stream that nobody asked for")
                : IsStreamed && response.IsSuccessStatusCode ? SoakVerdict.Wrong("no stream") : SoakJudge.Whole((int)response.StatusCode, body);
        }
        catch (OperationCanceledException)
        {
            return ending.IsCancellationRequested
                ? new SoakVerdict(SoakOutcome.Unanswered, $"nothing for {patience.TotalSeconds:0} s")
                : new SoakVerdict(SoakOutcome.Left);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new SoakVerdict(SoakOutcome.Unanswered, e.GetBaseException().Message);
        }
    }

    private HttpRequestMessage NewRequest()
    {
        var options = !IsStreamed ? "" : WantsUsage ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" : ",\"stream\":true";
        var json = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"model\":\"soak\",\"messages\":[{{\"role\":\"user\",\"content\":\"soak-{number:000000} say the words\"}}],\"temperature\":0{options}}}");
        return new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
    }
}
