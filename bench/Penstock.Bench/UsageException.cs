namespace Penstock.Bench;

/// <summary>The command line does not make sense; the message says which part.</summary>
internal sealed class UsageException(string message) : Exception(message);
