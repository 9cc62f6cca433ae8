namespace Penstock.Engines;

internal enum EngineEventKind
{
    /// <summary>The prompt has been read and the first token of the answer is there.</summary>
    FirstToken,

    /// <summary>The last token of the answer is there, and the call is gone.</summary>
    Finished,
}
