namespace Penstock.Backends;

/// <summary>What came of asking a server about itself.</summary>
internal enum EngineOutcome
{
    /// <summary>It gave no answer that could be used, this time.</summary>
    Silent,

    /// <summary>It told of itself.</summary>
    Told,

    /// <summary>Nothing accepts connections where it was: it may be starting anew.</summary>
    Gone,

    /// <summary>It says that it loads its model.</summary>
    Loading,

    /// <summary>It answers, and tells nothing of itself; it is asked again seldom.</summary>
    TellsNothing,
}
