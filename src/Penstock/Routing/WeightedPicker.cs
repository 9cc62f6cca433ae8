using Penstock.Backends;

namespace Penstock.Routing;

/// <summary>Any, by chance, each as often as its weight says.</summary>
internal sealed class WeightedPicker : IBackendPicker
{
    public Backend? Pick(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full = default, PromptShape? prompt = null)
    {
        var total = 0;
        foreach (var member in free) total += member.Config.Weight;
        var ticket = Random.Shared.Next(total);
        foreach (var member in free)
        {
            ticket -= member.Config.Weight;
            if (ticket < 0) return member;
        }

        return free[^1];
    }
}
