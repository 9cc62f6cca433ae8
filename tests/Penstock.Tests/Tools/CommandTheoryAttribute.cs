using Xunit;

namespace Penstock.Tests.Tools;

/// <summary>A theory that is skipped, with the reason, where a command that it runs is not on the PATH.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CommandTheoryAttribute : TheoryAttribute
{
    public CommandTheoryAttribute(params string[] commands) => Skip = Commands.Missing(commands);
}
