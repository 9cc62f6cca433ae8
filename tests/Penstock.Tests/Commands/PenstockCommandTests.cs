using Penstock.Server.Commands;
using Xunit;

namespace Penstock.Tests.Commands;

[Collection(nameof(Console))]
public sealed class PenstockCommandTests
{
    [Theory]
    [InlineData("--bogus", "--bogus")]
    [InlineData("frob", "frob")]
    [InlineData("--port abc", "--port takes a whole number from 0 to 65535, not 'abc'")]
    [InlineData("serve --port 65536", "--port takes a whole number")]
    [InlineData("mock --fail-rate 2", "--fail-rate takes a number from 0 to 1, not '2'")]
    [InlineData("mock --host nowhere.example", "--host takes an IP address")]
    [InlineData("--port 1 mock", "Write '--port' after 'mock'")]
    [InlineData("check a b", "'b'")]
    public async Task Run_CannotBeUnderstood_SaysWhyAndExits2(string arguments, string message)
    {
        var stderr = Console.Error;
        using var said = new StringWriter();
        Console.SetError(said);
        int code;
        try
        {
            code = await PenstockCommand.RunAsync(arguments.Split(' '));
        }
        finally
        {
            Console.SetError(stderr);
        }

        Assert.Equal(2, code);
        Assert.Contains(message, said.ToString(), StringComparison.Ordinal);
    }
}
