using System.Net;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary><c>.env</c> in the working directory.</summary>
public sealed class EnvironmentFileTests
{
    [Fact]
    public async Task EnvironmentFile_VariableIsSetAlready_FileDoesNotOverrideIt()
    {
        var start = GatewayStart.Serving("backends:\n  - { name: one, url: '${REMOTE}', api_key: '${REMOTE_KEY}' }\n", ("API_KEY", "outer"));
        await using var gateway = await GatewayProcess.ServeAsync(start with
        {
            Files = new Dictionary<string, string>(start.Files)
            {
                [".env"] = "# a comment\nAPI_KEY=inner\nLOG_FORMAT=json\nREMOTE=http://localhost:1\nexport REMOTE_KEY='quoted'\n",
            },
        });

        Assert.StartsWith("{", gateway.Lines[0], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, "outer"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(gateway, "inner"));
    }

    [Fact]
    public async Task EnvironmentFile_Broken_NamesItAndExits1()
    {
        var ended = await GatewayProcess.RunAsync(GatewayStart.Serving() with
        {
            Files = new Dictionary<string, string> { [".env"] = "PORT=1234\nTHIS IS NOT A VARIABLE\n" },
        });

        Assert.Equal(1, ended.Code);
        Assert.StartsWith($"penstock: {Path.Combine(ended.Directory, ".env")}: ", ended.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Errors, StringComparison.Ordinal);
        Assert.Single(ended.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task<HttpStatusCode> AskAsync(GatewayProcess gateway, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Authorization = new("Bearer", key);
        using var response = await gateway.Client.SendAsync(request);
        return response.StatusCode;
    }
}
