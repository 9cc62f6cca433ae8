namespace Penstock.Backends;

/// <summary>A backend gave no answer: it could not be reached, or the connection broke.</summary>
public sealed class BackendException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, in words that the caller may see: no address, no secret.</param>
    /// <param name="isUnreachable">Whether no connection was made at all, so that the request cannot have had an effect.</param>
    /// <param name="innerException">The cause.</param>
    public BackendException(string message, bool isUnreachable, Exception? innerException = null)
        : base(message, innerException) => IsUnreachable = isUnreachable;

    /// <summary>Whether no connection was made at all, so that the request cannot have had an effect.</summary>
    public bool IsUnreachable { get; }
}
