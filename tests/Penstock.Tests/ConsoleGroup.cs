using Xunit;

namespace Penstock.Tests;

/// <summary>Tests that redirect the process' console run alone.</summary>
[CollectionDefinition(nameof(Console), DisableParallelization = true)]
public sealed class ConsoleGroup;
