using Microsoft.Extensions.Logging;
using Penstock.Backends;
using Penstock.Configuration;

namespace Penstock.Routing;

/// <summary>
/// The models that can be asked for: those of the configuration with their aliases, backends' names, the models that
/// these are configured with, and what their servers list. The servers are asked when somebody wants to know, at most every 30 s, and never waited for longer than 2 s.
/// </summary>
internal sealed partial class ModelCatalog(
    IReadOnlyList<Backend> backends, IReadOnlyList<ModelConfig> configured, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private Task<IReadOnlyList<ListedModel>>? _listing;
    private long _listedAt;

    /// <summary>When this picture of the models was made, in Unix seconds; what <c>created</c> says of each.</summary>
    public long Created { get; } = time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>All models, each once, in the order of the configuration.</summary>
    public Task<IReadOnlyList<ListedModel>> ListAsync()
    {
        lock (_lock)
        {
            if (_listing is null || time.GetElapsedTime(_listedAt) >= FreshFor)
            {
                _listing = AskAllAsync();
                _listedAt = time.GetTimestamp();
            }

            return _listing;
        }
    }

    private async Task<IReadOnlyList<ListedModel>> AskAllAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        var lists = await Task.WhenAll(backends.Select(backend => AskAsync(backend, deadline.Token)));
        var models = new List<ListedModel>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var model in configured) AddExact([model.Name, .. model.Aliases], model.Backends[0]);
        foreach (var backend in backends)
        {
            Add(backend.Name, backend.Name);
            AddExact(backend.Config.Models, backend.Name);
        }

        for (var i = 0; i < backends.Count; i++)
        {
            foreach (var model in lists[i]) Add(model, backends[i].Name);
        }

        return models;

        void AddExact(IEnumerable<string> names, string owner)
        {
            foreach (var name in names.Where(name => !ModelPattern.IsPattern(name))) Add(name, owner);
        }

        void Add(string id, string owner)
        {
            if (seen.Add(id)) models.Add(new ListedModel(id, owner));
        }
    }

    private async Task<IReadOnlyList<string>> AskAsync(Backend backend, CancellationToken deadline)
    {
        try
        {
            return await backend.Implementation.ListModelsAsync(deadline);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            Log.NoList(logger, backend.Name, "it did not answer in time");
        }
        catch (Exception e)
        {
            // An application's kind of backend may throw anything; its neighbours' models are listed all the same.
            Log.NoList(logger, backend.Name, e.Message);
        }

        return [];
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The backend {Backend} lists no models: {Reason}")]
        public static partial void NoList(ILogger logger, string backend, string reason);
    }
}
