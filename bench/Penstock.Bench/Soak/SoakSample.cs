namespace Penstock.Bench.Soak;

/// <summary>The gateway's process at one moment.</summary>
/// <param name="At">Time since the load began.</param>
/// <param name="ResidentKilobytes">VmRSS.</param>
/// <param name="Descriptors">Open file descriptors, sockets included.</param>
internal readonly record struct SoakSample(TimeSpan At, long ResidentKilobytes, int Descriptors);
