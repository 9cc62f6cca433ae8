using Xunit;

namespace Penstock.Tests.Tools;

/// <summary>A fact that is skipped, with the reason, where a command that it runs is not on the PATH.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CommandFactAttribute : FactAttribute
{
    public CommandFactAttribute(params string[] commands) => Skip = Commands.Missing(commands);
}
