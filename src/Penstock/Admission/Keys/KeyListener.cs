using Npgsql;
using Penstock.Storage;

namespace Penstock.Admission.Keys;

/// <summary>Hears PostgreSQL announce changes of keys, on a connection of its own.</summary>
internal sealed class KeyListener(Database database)
{
    /// <summary>Listens until the connection ends or is told to.</summary>
    /// <param name="heard">Called when it begins to listen, for what was announced before, and for each announcement after.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Why it ended.</returns>
    public async Task<string> RunAsync(Action heard, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = (NpgsqlConnection)await database.OpenAsync(cancellationToken);
            await connection.ExecuteAsync($"listen {KeyTable.Channel}", cancellationToken);
            while (true)
            {
                heard();
                await connection.WaitAsync(cancellationToken);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is: the next try comes, and must come.
            return e.Message;
        }
    }
}
