using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Penstock.Accounting;
using Penstock.Admission.Queue;
using Penstock.Backends;
using Penstock.Configuration;
using Penstock.Forwarding;
using Penstock.Health;
using Penstock.Protocol;
using Penstock.Routing;
using Penstock.Telemetry;
using Xunit;

namespace Penstock.Tests.Forwarding;

/// <summary>The attempt loop and the relay, with backends in memory, and no socket.</summary>
internal sealed class ForwardingRig : IDisposable
{
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly List<Backend> _backends = [];

    public ForwardingRig(TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _metrics = new GatewayMetrics(_time, () => 0);
    }

    /// <summary>Who was asked, in this order.</summary>
    public List<string> Asked { get; } = [];

    public RetryConfig Retry { get; init; } = new() { Backoff = TimeSpan.FromMilliseconds(1) };

    public ModelSettings Settings { get; init; } = new();

    public Backend Add(string name, Func<int, CancellationToken, ValueTask<BackendResponse>> answer, Func<BackendConfig, BackendConfig>? change = null)
    {
        var config = new BackendConfig { Name = name, Type = "test", InjectUsage = false };
        var backend = new Backend(
            change?.Invoke(config) ?? config, new ScriptedBackend(name, Asked, answer),
            new BackendState(new(), new BackendHealth(name, _time)));
        _backends.Add(backend);
        return backend;
    }

    public Backend Add(string name, Func<BackendResponse> answer, Func<BackendConfig, BackendConfig>? change = null) =>
        Add(name, (_, _) => ValueTask.FromResult(answer()), change);

    public static Pool Pool(params Backend[] members) => Pool(new PriorityPicker(), members);

    public static Pool Pool(IBackendPicker picker, params Backend[] members) => new(members, picker) { Name = members[0].Name };

    public ForwardedCall Call(bool stream, params Pool[] pools)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"model":"m","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"hi"}]}""");
        Assert.True(RequestParser.TryParse(json, strict: false, out var parsed, out _));
        return new ForwardedCall
        {
            Record = new CallRecord
            {
                RequestId = "r",
                Method = "POST",
                Path = "/v1/chat/completions",
                Endpoint = "/v1/chat/completions",
                ArrivedAt = _time.GetTimestamp(),
            },
            Route = new ModelRoute("m", pools, Settings),
            Retry = Retry,
            Path = "/v1/chat/completions",
            Body = new JsonBody(json, parsed, true, "application/json"),
            Shape = AnswerShape.Chat,
            OwnsFields = false,
            Headers = [],
            CallerGone = default,
            GivenUp = default,
            ShutDown = default,
        };
    }

    public ValueTask<Answer> RunAsync(ForwardedCall call)
    {
        var runner = new AttemptRunner(new AnswerReader(_time), _metrics, _time, NullLogger<AttemptRunner>.Instance);
        var budget = new RetryBudget(_time);
        return new AttemptLoop(runner, new Hedge(runner, budget, _metrics, _time), budget, new SeatQueue(new Lines(_metrics, _time, NullLogger<Lines>.Instance), () => null), _metrics, _time).RunAsync(call);
    }

    /// <summary>Runs a call and relays its answer; what the caller sees of the body, or the error's code.</summary>
    public async Task<string> AnswerAsync(ForwardedCall call, MemoryStream? caller = null)
    {
        var runner = new AttemptRunner(new AnswerReader(_time), _metrics, _time, NullLogger<AttemptRunner>.Instance);
        var rescue = new StreamRescue(runner, new RetryBudget(_time), _metrics, _time);
        var relay = new ResponseRelay(new EventStreamRelay(rescue, _metrics, _time, NullLogger<EventStreamRelay>.Instance), _time);
        var context = new DefaultHttpContext();
        using var body = caller ?? new MemoryStream();
        context.Response.Body = body;
        try
        {
            await using var keepalive = Keepalive.For(context.Response, call, _time);
            await using var answer = await RunAsync(call);
            if (await relay.RelayAsync(context.Response, call, answer, keepalive) is { } error) return error.Code;
            await context.Response.BodyWriter.FlushAsync();
            return Encoding.UTF8.GetString(body.ToArray());
        }
        finally
        {
            AssertNobodyIsBusy();
        }
    }

    public void AssertNobodyIsBusy() => Assert.All(_backends, b => Assert.Equal(0, b.State.InFlight));

    public void Dispose() => _metrics.Dispose();
}
