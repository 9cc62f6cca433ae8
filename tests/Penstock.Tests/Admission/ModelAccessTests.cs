using Penstock.Admission;
using Xunit;

namespace Penstock.Tests.Admission;

public sealed class ModelAccessTests
{
    [Theory]
    [InlineData("llama", true)]
    [InlineData("qwen-7b", true)]
    [InlineData("llama-3", false)]
    [InlineData("LLAMA", false)]
    [InlineData("", false)]
    public void Allows_ListOfModels_IsThoseOnly(string model, bool isAllowed) =>
        Assert.Equal(isAllowed, ModelAccess.Listed(["llama", "qwen-*"]).Allows(model));

    [Fact]
    public void Allows_NoList_IsAll() => Assert.True(ModelAccess.Listed([]).Allows("anything"));

    [Fact]
    public void Allows_NoneOnly_IsNothing() => Assert.False(ModelAccess.Only([]).Allows("anything"));
}
