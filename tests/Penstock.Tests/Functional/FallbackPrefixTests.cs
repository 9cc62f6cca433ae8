using Microsoft.Extensions.DependencyInjection;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>A call that goes to a fallback is known there as what the fallback was asked, not as what its caller asked for.</summary>
public sealed class FallbackPrefixTests : UpstreamTest
{
    private static readonly string Text = string.Concat(Enumerable.Repeat("answer ", 100));

    private static readonly string[] Servers = ["a", "b", "c", "d"];

    private readonly ManualTime _time = new();

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":true")]
    public async Task Fallback_AskedDirectlyTheNextTime_KnowsThePromptAndItsAnswer(string more)
    {
        Upstream.Script = Scripts.Chat(Text);
        await using var gateway = await TestGateway.StartAsync(
            $$"""
            models:
              - { name: small, backends: [a, b], fallbacks: [large] }
              - { name: large, backends: [c, d] }
            backends:
            {{string.Join('\n', Servers.Select(name => $"  - {{ name: {name}, health: off, url: '{Upstream.Url}' }}"))}}
            """,
            ExplainedRoute.Variables, services => services.AddSingleton<TimeProvider>(_time));
        foreach (var name in Servers[..2]) Probing.BackendOf(gateway, name).State.Health.Drain();

        using var answer = await gateway.PostAsync("/v1/chat/completions", Body("small", more, Message("user", "question")));
        Assert.True(answer.IsSuccessStatusCode);
        await Answers.WaitUntilIdleAsync(gateway);
        var asked = Answers.HeaderOf(answer, "X-Backend")!;
        var plan = await ExplainedRoute.AskAsync(
            gateway, Body("large", "", Message("user", "question"), $$"""{"role":"assistant","content":"{{Text}}"}""", Message("user", "another")));

        Assert.Contains(asked, Servers[2..]);
        // Of three messages of about the same length two are there, but for what fills no block.
        Assert.InRange(ExplainedRoute.CachedTokens(plan)[asked] / plan.GetProperty("prompt_tokens").GetDouble(), 0.5, 0.75);
    }

    private static string Message(string role, string what) =>
        $$"""{"role":"{{role}}","content":"{{string.Concat(Enumerable.Repeat(what + " ", 700 / (what.Length + 1)))}}"}""";

    private static string Body(string model, string more, params string[] messages) => $$"""{"model":"{{model}}","messages":[{{string.Join(',', messages)}}]{{more}}}""";
}
