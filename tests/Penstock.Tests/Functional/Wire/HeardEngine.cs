using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Penstock.Server.Mock;
using Penstock.Server.Mock.Engines;

namespace Penstock.Tests.Functional.Wire;

/// <summary>The mock as an inference server on a free port, which remembers the completions in the order in which they came.</summary>
internal sealed class HeardEngine : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MockRoutes _routes;
    private readonly List<HeardCall> _calls = [];

    private HeardEngine(MockEngine engine, double speed)
    {
        var options = new MockOptions
        {
            Address = IPAddress.Loopback,
            Port = 0,
            Engine = engine,
            Speed = speed,
        };
        _routes = new MockRoutes(options, TimeProvider.System);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options.Address, options.Port));
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    public string Url => _app.Urls.Single();

    public IReadOnlyList<HeardCall> Calls
    {
        get
        {
            lock (_calls) return [.. _calls];
        }
    }

    public static async Task<HeardEngine> StartAsync(MockEngine engine, double speed)
    {
        var started = new HeardEngine(engine, speed);
        await started._app.StartAsync();
        return started;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        if (HttpMethods.IsPost(context.Request.Method))
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            lock (_calls) _calls.Add(Read(body.ToArray()));
            body.Position = 0;
            context.Request.Body = body;
        }

        await _routes.HandleAsync(context);
    }

    private static HeardCall Read(ReadOnlyMemory<byte> body)
    {
        using var json = JsonDocument.Parse(body);
        var metadata = json.RootElement.GetProperty("metadata");
        return new HeardCall(
            metadata.GetProperty("conversation").GetInt32(), metadata.GetProperty("turn").GetInt32(),
            json.RootElement.TryGetProperty("id_slot", out var slot) ? slot.GetInt32() : null);
    }
}
