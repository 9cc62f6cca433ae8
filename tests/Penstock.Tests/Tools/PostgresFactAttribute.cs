using Xunit;

namespace Penstock.Tests.Tools;

/// <summary>A fact about a real PostgreSQL server; where its programs are not installed it is skipped, with the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresBinaries.Missing;
}
