using Xunit;

namespace Penstock.Tests.Tools;

/// <summary>Tests that share one PostgreSQL server, each with databases of its own; they run one after another.</summary>
[CollectionDefinition(nameof(PostgresGroup))]
public sealed class PostgresGroup : ICollectionFixture<PostgresServer>;
