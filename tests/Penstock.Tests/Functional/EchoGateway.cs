using Xunit;

namespace Penstock.Tests.Functional;

/// <summary>A gateway without a configuration, shared by the tests of a class that leave nothing behind in it.</summary>
public sealed class EchoGateway : IAsyncLifetime
{
    private TestGateway? _gateway;

    internal TestGateway Gateway => _gateway ?? throw new InvalidOperationException("The gateway has not been started.");

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync();

    public async Task DisposeAsync()
    {
        if (_gateway is not null) await _gateway.DisposeAsync();
    }
}
