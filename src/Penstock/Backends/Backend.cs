using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Penstock.Configuration;
using Penstock.Health;
using Penstock.Protocol;

namespace Penstock.Backends;

/// <summary>A configured backend, ready for requests: how it was written, who answers, and what is known of it.</summary>
/// <param name="config">How it was written.</param>
/// <param name="implementation">Who answers.</param>
/// <param name="state">What is known of it.</param>
/// <param name="address">Which of the servers behind its name it is: there is a backend for each, and all have the same name. Null: it is the only one.</param>
internal sealed class Backend(BackendConfig config, IBackend implementation, BackendState state, IPAddress? address = null)
{
    public string Name => config.Name;
    public BackendConfig Config => config;
    public IBackend Implementation => implementation;
    public BackendState State => state;
    public IPAddress? Address => address;

    /// <summary>A hash of which server it is: the same in every gateway that knows it by this name and address.</summary>
    public ulong Identity { get; } = BlockHash.Of(Encoding.UTF8.GetBytes($"{config.Name}\n{config.Url}\n{address}"));

    /// <summary>The name as a JSON string token, for answers.</summary>
    public byte[] NameToken { get; } = JsonText.Quote(config.Name);

    /// <summary>The upstream model's name as a JSON string token; null where the caller's is kept.</summary>
    public byte[]? ModelToken { get; } = config.Model is null ? null : JsonText.Quote(config.Model);

    /// <summary>What must not be seen in anything that the server says of a failure.</summary>
    public BackendSecrets Secrets { get; } = new(config);

    /// <summary>How many requests it may have in flight: what was configured, else what was learned; null: any number.</summary>
    public int? Seats => config.MaxConcurrency ?? state.Learned.Seats;

    /// <summary>Who says so.</summary>
    public SeatSource SeatsFrom => config.MaxConcurrency is null ? state.Learned.Source : SeatSource.Configured;

    /// <summary>Why it is not to be picked now.</summary>
    public Obstacle Obstacle => state.Health.Obstacle is not Obstacle.None and var obstacle ? obstacle
        : state.InFlight >= Seats ? Obstacle.Full
        : Obstacle.None;

    /// <summary>Takes a seat; false where another request was faster, or there is an obstacle.</summary>
    public bool TryEnter([NotNullWhen(true)] out BackendState.Lease? lease) => state.TryEnter(Seats, out lease);
}
