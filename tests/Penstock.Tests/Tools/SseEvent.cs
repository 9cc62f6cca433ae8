namespace Penstock.Tests.Tools;

/// <summary>An event of a stream: its type (<c>message</c> where none was given), data, and the last id so far.</summary>
internal sealed record SseEvent(string Type, string Data, string LastId);
