namespace Penstock.Tests.Functional.Door;

/// <summary>A request that is nearly right.</summary>
/// <param name="Bytes">All of it.</param>
/// <param name="IsFramed">Whether its head and its length are in order, so that there is one answer and the connection can go on.</param>
/// <param name="IsCut">Whether its end is missing, so that there may be nothing to answer.</param>
internal sealed record MutatedRequest(byte[] Bytes, bool IsFramed, bool IsCut);
