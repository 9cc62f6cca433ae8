using System.Text.Json;
using Penstock.Accounting.Ledger;
using Penstock.Tests.Accounting.Ledger;
using Penstock.Tests.Storage;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Functional.Processes;

/// <summary><c>penstock usage</c>: the ledger on the command line.</summary>
public sealed class UsageCommandTests
{
    [Fact]
    public async Task Usage_Table_IsAligned()
    {
        await using var store = await FilledAsync();

        var ended = await RunAsync(store, "--by", "caller,day", "--since", "2026-11-01");

        Assert.Equal("", ended.Errors);
        Assert.Equal(
            """
            caller  day         requests  errors     prompt  cached  completion  reasoning        cost USD
            batch   2026-11-20         1       0          1       0           2          0  0.00
            search  2026-11-20         2       0  2,000,000       0          20          0  1.500000000001
            total                      3       0  2,000,001       0          22          0  1.500000000001

            """, ended.Output);
        Assert.Equal(0, ended.Code);
    }

    [Fact]
    public async Task Usage_Json_IsWhatTheEndpointSays()
    {
        await using var store = await FilledAsync();

        var ended = await RunAsync(store, "--by", "caller", "--since", "2026-11-01", "--until", "2026-11-20T22:31:00Z", "--json");

        var usage = JsonSerializer.Deserialize<JsonElement>(ended.Output);
        Assert.Equal(3, usage.GetProperty("total").GetProperty("requests").GetInt32());
        Assert.Equal("2026-11-20T22:31:00Z", usage.GetProperty("to").GetString());
        Assert.Equal(0, ended.Code);
    }

    [Fact]
    public async Task Usage_Csv_HasALineOfNames()
    {
        await using var store = await FilledAsync();

        var ended = await RunAsync(store, "--by", "model", "--since", "2026-11-01", "--csv");

        Assert.StartsWith("model,requests,errors,", ended.Output, StringComparison.Ordinal);
        Assert.Equal(0, ended.Code);
    }

    [Theory]
    [InlineData(2, "--by: 'price' is not one of", "--by", "price")]
    [InlineData(2, "--since: 'soon' is neither a day like", "--since", "soon")]
    [InlineData(2, "--since is after --until", "--since", "1d", "--until", "2d")]
    [InlineData(2, "--json or --csv, not both", "--json", "--csv")]
    public async Task Usage_WrongQuestion_SaysWhatWouldBeRight(int code, string message, params string[] arguments)
    {
        await using var store = await FilledAsync();

        var ended = await RunAsync(store, arguments);

        Assert.Equal("", ended.Output);
        Assert.Contains(message, ended.Errors, StringComparison.Ordinal);
        Assert.Equal(code, ended.Code);
    }

    [Theory]
    [InlineData("", "no store is configured")]
    [InlineData("sqlite:/nowhere/penstock.db", "there is no /nowhere/penstock.db")]
    [InlineData("postgres://u:s3cret@127.0.0.1:1/x", "postgres://127.0.0.1:1/x: ")]
    public async Task Usage_NoStoreToRead_Exits1(string address, string message)
    {
        var ended = await GatewayProcess.RunAsync(GatewayStart.Command("usage") with
        {
            Variables = new Dictionary<string, string> { ["STORE"] = address },
        });

        Assert.Equal("", ended.Output);
        Assert.Contains(message, ended.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", ended.Errors, StringComparison.Ordinal);
        Assert.Equal(1, ended.Code);
    }

    private static Task<CommandResult> RunAsync(TestStore store, params string[] arguments) =>
        GatewayProcess.RunAsync(GatewayStart.Command(["usage", .. arguments]) with
        {
            Variables = new Dictionary<string, string> { ["STORE"] = store.Address },
        });

    private static async Task<TestStore> FilledAsync()
    {
        var store = await TestStore.StartAsync();
        UsageRecord[] records =
        [
            Record("search", 1_000_000, 10, 1_500_000_000_000),
            Record("search", 1_000_000, 10, 1),
            Record("batch", 1, 2, 0),
        ];
        await store.AskAsync((connection, token) => UsageTable.Of(store.Store.Database.Dialect).WriteAsync(connection, records, token));
        return store;
    }

    private static UsageRecord Record(string caller, long prompt, long completion, long cost) => new()
    {
        Id = Guid.CreateVersion7(),
        Time = UsageRecords.Start,
        RequestId = "r",
        Caller = caller,
        Endpoint = "/v1/chat/completions",
        PromptTokens = prompt,
        CompletionTokens = completion,
        CostPico = cost,
    };
}
