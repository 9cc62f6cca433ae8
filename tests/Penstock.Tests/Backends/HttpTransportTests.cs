using Penstock.Backends.Http;
using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.Backends;

public sealed class HttpTransportTests
{
    [Fact]
    public void For_SameTimeout_IsTheSameConnections()
    {
        using var transport = new HttpTransport(new TestNames());

        var connections = transport.For(TimeSpan.FromSeconds(3));

        Assert.Same(connections, transport.For(TimeSpan.FromSeconds(3)));
        Assert.NotSame(connections, transport.For(TimeSpan.FromSeconds(4)));
    }
}
