using System.Runtime.CompilerServices;
using Penstock.Backends;

namespace Penstock.Routing.Prefix;

/// <summary>The slots of each server, whatever pools it is in, for as long as its state lives.</summary>
internal sealed class SlotTables(TimeProvider time)
{
    private readonly ConditionalWeakTable<BackendState, SlotTable> _tables = [];

    /// <summary>From when on the milliseconds count that the tables are told, by whichever pool: a timestamp.</summary>
    public long Origin { get; } = time.GetTimestamp();

    public SlotTable Of(Backend backend) => _tables.GetValue(backend.State, static _ => new SlotTable());
}
