using System.CommandLine;
using System.Globalization;
using System.Net;
using Penstock.Server.Mock;
using Penstock.Server.Mock.Engines;

namespace Penstock.Server.Commands;

/// <summary><c>penstock mock</c>: a mock inference server for trying things out, and for load and failure tests.</summary>
internal static class MockCommand
{
    public const string Name = "mock";

    private const int DefaultPort = 8081;
    private const int MaxMilliseconds = 24 * 60 * 60 * 1000;
    private const int MaxTokens = 1_000_000;
    private const int MaxSpeed = 1_000;

    public static Command Create()
    {
        var port = CommandOptions.Port($"The port to listen on [MOCK_PORT, else {DefaultPort}]; 0 picks a free one");
        var host = Text("--host", "address", "The address to listen on [127.0.0.1]; 0.0.0.0 is every address");
        var content = Text("--content", "text", "What every completion says [Mock]");
        var tokens = CommandOptions.Int(
            "--tokens", "n", "How many tokens that is, a streamed chunk each [its words]; more repeat it", 1, MaxTokens);
        var timeToFirst = CommandOptions.Int(
            "--ttft-ms", "ms", "Milliseconds until the first byte of an answer [0]", 0, MaxMilliseconds);
        var interval = CommandOptions.Int(
            "--token-interval-ms", "ms", "Milliseconds from each token to the next [0]", 0, MaxMilliseconds);
        var status = CommandOptions.Int(
            "--status", "code", "Answer every completion with this error status instead", 400, 599);
        var failRate = CommandOptions.Share("--fail-rate", "share", "Answer this share of completions with 500 [0]");
        var seed = CommandOptions.Int("--seed", "n", "Which ones fail: the same seed, the same ones [1]", 0, int.MaxValue);

        var engine = Text("--engine", "server", "Behave as vllm or llamacpp: its pace, its cache, its endpoints");
        engine.AcceptOnlyFromAmong("vllm", "llamacpp");
        var speed = CommandOptions.Int("--speed", "n", "How many times faster than such a server [1]", 1, MaxSpeed);

        var command = new Command(Name, "Serve a mock inference server that says the same to everybody.");
        foreach (var option in (Option[])[port, host, content, tokens, timeToFirst, interval, status, failRate, seed, engine, speed])
            command.Options.Add(option);

        command.SetAction((parsed, cancellation) =>
        {
            if (!TryResolvePort(parsed.GetValue(port), out var listenPort)
                || !TryResolveHost(parsed.GetValue(host), out var address))
                return Task.FromResult(PenstockCommand.UsageError);

            if (parsed.GetValue(engine) is not null && (parsed.GetValue(content), parsed.GetValue(timeToFirst), parsed.GetValue(interval)) != (null, null, null))
            {
                Console.Error.WriteLine("penstock: --engine says what is answered and when; --content, --ttft-ms and --token-interval-ms do not go with it.");
                return Task.FromResult(PenstockCommand.UsageError);
            }

            return RunAsync(
                new MockOptions
                {
                    Address = address,
                    Port = listenPort,
                    Content = parsed.GetValue(content) ?? "Mock",
                    Tokens = parsed.GetValue(tokens),
                    TimeToFirstToken = TimeSpan.FromMilliseconds(parsed.GetValue(timeToFirst) ?? 0),
                    TokenInterval = TimeSpan.FromMilliseconds(parsed.GetValue(interval) ?? 0),
                    Status = parsed.GetValue(status),
                    FailRate = parsed.GetValue(failRate) ?? 0,
                    Seed = parsed.GetValue(seed) ?? 1,
                    Engine = parsed.GetValue(engine) switch
                    {
                        "vllm" => MockEngine.Vllm,
                        "llamacpp" => MockEngine.LlamaCpp,
                        _ => null,
                    },
                    Speed = parsed.GetValue(speed) ?? 1,
                },
                cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(MockOptions options, CancellationToken cancellationToken)
    {
        await using var server = MockServer.Create(options, TimeProvider.System);
        try
        {
            await server.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            // Kestrel's message names the address and says that it is in use, or may not be bound.
            await Console.Error.WriteLineAsync($"penstock: {e.Message}".AsMemory(), cancellationToken);
            return 1;
        }

        var url = server.Urls.Single();
        await Console.Out.WriteLineAsync(
            $$"""
            Penstock's mock inference server listens on {{url}}
            Try: curl {{url}}/v1/chat/completions -H 'Content-Type: application/json' \
                   -d '{"model":"mock","messages":[{"role":"user","content":"hello"}]}'
            """.AsMemory(),
            cancellationToken);
        await server.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    private static bool TryResolvePort(int? option, out int port)
    {
        port = option ?? DefaultPort;
        var variable = Environment.GetEnvironmentVariable("MOCK_PORT");
        if (option is not null || string.IsNullOrEmpty(variable))
            return true;

        if (int.TryParse(variable, NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port <= CommandOptions.MaxPort)
            return true;

        Console.Error.WriteLine(
            $"penstock: MOCK_PORT takes a whole number from 0 to {CommandOptions.MaxPort}, not '{variable}'.");
        return false;
    }

    private static bool TryResolveHost(string? option, out IPAddress address)
    {
        address = IPAddress.Loopback;
        if (option is null or "localhost")
            return true;

        if (IPAddress.TryParse(option, out var parsed))
        {
            address = parsed;
            return true;
        }

        Console.Error.WriteLine($"penstock: --host takes an IP address or localhost, not '{option}'.");
        return false;
    }

    private static Option<string> Text(string name, string helpName, string description) =>
        new(name) { HelpName = helpName, Description = description };
}
