using Xunit;

namespace Penstock.Tests;

/// <summary>Tests that measure what the rest of the machine would disturb run alone.</summary>
[CollectionDefinition(nameof(AloneGroup), DisableParallelization = true)]
public sealed class AloneGroup;
