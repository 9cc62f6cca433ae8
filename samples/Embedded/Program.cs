using Penstock;

namespace Embedded;

/// <summary>An application with an endpoint of its own, the gateway beside it, and in the gateway a kind of backend of its own.</summary>
public static class Program
{
    public static void Main(string[] args) => Create(args).Run();

    public static WebApplication Create(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddPenstock(options => options.ConfigFile = "penstock.yaml")
            .AddBackend("reverse", config => new ReverseBackend(config));

        var app = builder.Build();
        app.MapGet("/", () => "An application of its own. Try: POST /v1/chat/completions\n");
        app.MapPenstock();
        return app;
    }
}
