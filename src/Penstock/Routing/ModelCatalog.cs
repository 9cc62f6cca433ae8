using Microsoft.Extensions.Logging;
using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>
/// The models that can be asked for: backends' names, the models that they are configured with, and what their
/// servers list. The servers are asked when somebody wants to know, at most every 30 s, and never waited for longer than 2 s.
/// </summary>
internal sealed partial class ModelCatalog(IReadOnlyList<Backend> backends, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private Task<IReadOnlyList<ListedModel>>? _listing;
    private long _listedAt;

    /// <summary>When this picture of the models was made, in Unix seconds; what <c>created</c> says of each.</summary>
    public long Created { get; } = time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>All models, each once, in the order of the backends.</summary>
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
        for (var i = 0; i < backends.Count; i++)
        {
            Add(backends[i].Name, backends[i]);
            foreach (var model in backends[i].Config.Models.Where(m => !ModelPattern.IsPattern(m))) Add(model, backends[i]);
        }

        for (var i = 0; i < backends.Count; i++)
        {
            foreach (var model in lists[i]) Add(model, backends[i]);
        }

        return models;

        void Add(string id, Backend backend)
        {
            if (seen.Add(id)) models.Add(new ListedModel(id, backend.Name));
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
