namespace Penstock.Tests.Tools;

/// <summary>What a command that has ended left behind.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
/// <param name="Directory">The folder it ran in, which is gone.</param>
internal sealed record CommandResult(int Code, string Output, string Errors, string Directory);
