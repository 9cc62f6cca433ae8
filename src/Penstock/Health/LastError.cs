namespace Penstock.Health;

/// <summary>What went wrong last.</summary>
/// <param name="At">When.</param>
/// <param name="Message">In words without an address and without a secret.</param>
internal sealed record LastError(DateTimeOffset At, string Message);
