namespace Penstock.Tests.Tools;

/// <summary>An export as it came to an <see cref="OtlpReceiver"/>.</summary>
internal sealed record OtlpRequest(string Path, IReadOnlyDictionary<string, string> Headers, int Bytes);
