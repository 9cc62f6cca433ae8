namespace Penstock.Server.Mock;

/// <summary>The chunks of a streamed answer, in their order.</summary>
internal enum CompletionPart
{
    Opening,
    Token,
    Finish,
    Usage,
}
