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
        Assert.Equal(isAllowed, new ModelAccess(["llama", "qwen-*"]).Allows(model));

    [Fact]
    public void Allows_NoList_IsAll() => Assert.True(ModelAccess.All.Allows("anything"));
}
