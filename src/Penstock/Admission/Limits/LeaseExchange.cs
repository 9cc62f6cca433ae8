using System.Data.Common;
using Penstock.Storage;

namespace Penstock.Admission.Limits;

/// <summary>The one statement by which a replica and the store exchange slices of limits.</summary>
internal static class LeaseExchange
{
    private const string Statement = """
        select granted, remaining, replicas, place
        from limit_exchange(@replica, @turn, @valid, @accounts, @kinds, @capacities, @holdings, @returns, @needs, @wants, @ends)
        """;

    /// <summary>Says and asks.</summary>
    /// <param name="connection">To the store.</param>
    /// <param name="replica">Who asks.</param>
    /// <param name="turn">How many times it has asked: what comes after a later one is not heard.</param>
    /// <param name="valid">How long what is granted is good.</param>
    /// <param name="asks">What is said and asked, in an order that is the same everywhere: it is that of the locks.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was granted, in the same order.</returns>
    public static async ValueTask<LeaseAnswer> RunAsync(
        DbConnection connection, string replica, long turn, TimeSpan valid, IReadOnlyList<LeaseAsk> asks, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(
            Statement,
            ("replica", replica),
            ("turn", turn),
            ("valid", valid.Ticks / TimeSpan.TicksPerMicrosecond),
            ("accounts", asks.Select(ask => ask.Meter.Account).ToArray()),
            ("kinds", asks.Select(ask => (short)ask.Kind).ToArray()),
            ("capacities", asks.Select(ask => ask.Capacity).ToArray()),
            ("holdings", asks.Select(ask => ask.Holding).ToArray()),
            ("returns", asks.Select(ask => ask.Return).ToArray()),
            ("needs", asks.Select(ask => ask.Need).ToArray()),
            ("wants", asks.Select(ask => ask.Want).ToArray()),
            ("ends", asks.Select(ask => ask.Ends).ToArray()));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var grants = new List<LeaseGrant>(asks.Count);
        var (replicas, place) = (1, 0);
        while (await reader.ReadAsync(cancellationToken))
        {
            grants.Add(new LeaseGrant(reader.GetInt64(0), reader.GetInt64(1)));
            (replicas, place) = (reader.GetInt32(2), reader.GetInt32(3));
        }

        // The last row is of no account: it is there where there are none, too.
        if (grants.Count > 0) grants.RemoveAt(grants.Count - 1);
        return new LeaseAnswer(grants, replicas, place);
    }
}
