namespace Penstock.Server.Mock;

/// <summary>The mock as a web server: Kestrel and nothing else, since a mock must cost less than what it tests.</summary>
internal static class MockServer
{
    public static WebApplication Create(MockOptions options, TimeProvider time)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.Address, options.Port);

            // How large and how slow a request may be is what the gateway in front is tested for.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });

        // A stream that is cut by a stop is aborted, so that it does not look complete.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(200));

        var app = builder.Build();
        app.Run(new MockRoutes(options, time).HandleAsync);
        return app;
    }
}
