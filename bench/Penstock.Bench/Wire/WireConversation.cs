using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Penstock.Bench.Simulation.Workloads;

namespace Penstock.Bench.Wire;

/// <summary>
/// Somebody who talks to a model: a long first prompt that nobody else has, then six to twelve turns, each after the answer before
/// has been read. The numbers are its own, so that it is the same however fast others are answered.
/// </summary>
internal sealed class WireConversation
{
    public const int MostAnswerTokens = 160;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Chance _chance;
    private readonly StringBuilder _messages = new();
    private int _turnsLeft;
    private int _known;

    /// <param name="seed">The run's.</param>
    /// <param name="number">Which one of the run it is: one at least.</param>
    public WireConversation(int seed, int number)
    {
        _chance = new Chance((seed * 100_003) + number);
        _turnsLeft = _chance.Between(6, 12);
        Say("user", TextOf(_chance.Between(1_500, 4_500)));
    }

    public bool HasMore => _turnsLeft > 0;

    /// <summary>How long it thinks about an answer.</summary>
    public TimeSpan Pause()
    {
        var pause = TimeSpan.FromSeconds(_chance.Exponential(1));
        return pause < LongestPause ? pause : LongestPause;
    }

    /// <summary>Sends what it has to say, and takes in the answer and what to say next.</summary>
    /// <param name="client">To the gateway.</param>
    /// <param name="stopping">Ends it.</param>
    public async Task<WireTurn> AskAsync(HttpClient client, CancellationToken stopping)
    {
        _turnsLeft--;
        var tokens = _chance.Between(40, MostAnswerTokens);
        var body = string.Create(
            CultureInfo.InvariantCulture, $$$"""{"model":"wire","stream":true,"stream_options":{"include_usage":true},"max_tokens":{{{tokens}}},"messages":[{{{_messages}}}]}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stopping);
            if (!response.IsSuccessStatusCode) return Failed(string.Create(CultureInfo.InvariantCulture, $"status {(int)response.StatusCode}"));
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(stopping));
            var answer = new WireAnswer(started);
            while (await reader.ReadLineAsync(stopping) is { } line) answer.Take(line);
            return Heard(answer);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or JsonException)
        {
            return Failed(e.GetType().Name);
        }
    }

    private static WireTurn Failed(string why) => new(TimeSpan.Zero, 0, 0, why);

    private WireTurn Heard(WireAnswer answer)
    {
        if (!answer.IsWhole) return Failed("not a whole answer");
        var turn = new WireTurn(answer.FirstToken, answer.Cached, _known);
        _known = answer.PromptTokens + answer.AnswerTokens;
        Say("assistant", answer.Text);
        Say("user", TextOf(_chance.Between(100, 500)));
        return turn;
    }

    private void Say(string role, string text)
    {
        if (_messages.Length > 0) _messages.Append(',');
        _messages.Append(CultureInfo.InvariantCulture, $$"""{"role":"{{role}}","content":"{{text}}"}""");
    }

    // Words of four bytes, which are a token each for the mock.
    private string TextOf(int tokens)
    {
        var text = new StringBuilder(4 * tokens);
        for (var i = 0; i < tokens; i++) text.Append(CultureInfo.InvariantCulture, $"{_chance.Between(0, 999):000} ");
        return text.ToString();
    }
}
