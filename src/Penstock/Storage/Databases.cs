using Penstock.Configuration;

namespace Penstock.Storage;

/// <summary>The kinds of database, by what is configured.</summary>
internal static class Databases
{
    public static Database? Of(StoreConfig? store) => store switch
    {
        null => null,
        { Postgres: { } server } => new PostgresDatabase(server),
        _ => new SqliteDatabase(store.Path),
    };
}
