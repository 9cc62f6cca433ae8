using Penstock.Tests.Tools;
using Xunit;

namespace Penstock.Tests.ToolsTests;

public sealed class CommandsTests
{
    [Fact]
    public void Missing_CommandThatIsNotThere_SaysSo()
    {
        Assert.Equal(
            "The command no-such-command-3f9 is not on the PATH.", new CommandFactAttribute("no-such-command-3f9").Skip);
        Assert.Equal(
            "The command no-such-command-3f9 is not on the PATH.", new CommandTheoryAttribute("no-such-command-3f9").Skip);
    }

    [CommandFact("dotnet")]
    public void Find_CommandThatIsThere_IsItsFile()
    {
        Assert.True(File.Exists(Tools.Commands.Find("dotnet")));
        Assert.Null(new CommandFactAttribute("dotnet").Skip);
        Assert.NotNull(new CommandFactAttribute("dotnet", "no-such-command-3f9").Skip);
    }
}
