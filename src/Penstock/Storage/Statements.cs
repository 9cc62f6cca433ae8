using System.Data.Common;

namespace Penstock.Storage;

/// <summary>Statements with named parameters, as both stores understand them.</summary>
internal static class Statements
{
    /// <summary>A statement, with its parameters (<c>@name</c>); null is SQL's null.</summary>
    public static DbCommand Command(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>Runs a statement, or several without parameters.</summary>
    /// <returns>How many rows it changed.</returns>
    public static async ValueTask<int> ExecuteAsync(
        this DbConnection connection, string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
