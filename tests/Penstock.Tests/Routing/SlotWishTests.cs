using System.Text;
using Penstock.Protocol;
using Penstock.Routing;
using Xunit;

namespace Penstock.Tests.Routing;

public sealed class SlotWishTests
{
    [Theory]
    [InlineData("""{"messages":[]}""", false, null)]
    [InlineData("""{"prompt":"one"}""", false, null)]
    [InlineData("""{"prompt":["one"]}""", false, null)]
    [InlineData("""{"prompt":[1,2,3]}""", false, null)]
    [InlineData("""{"n":1,"best_of":1}""", false, null)]
    [InlineData("""{"prompt":["one","two"]}""", true, null)]
    [InlineData("""{"prompt":[[1],[2]]}""", true, null)]
    [InlineData("""{"n":2}""", true, null)]
    [InlineData("""{"n":200}""", true, null)]
    [InlineData("""{"best_of":2}""", true, null)]
    [InlineData("""{"id_slot":0}""", false, 0)]
    [InlineData("""{"id_slot":3}""", false, 3)]
    [InlineData("""{"id_slot":-1}""", true, null)]
    [InlineData("""{"id_slot":1.5}""", true, null)]
    [InlineData("""{"id_slot":"1"}""", true, null)]
    [InlineData("""{"id_slot":3,"n":2}""", true, null)]
    public void Of_ARequest_IsOneSlotUnlessItSaysOtherwise(string body, bool isServers, int? named) =>
        Assert.Equal(new SlotWish(isServers, named), Of(body, isGeneration: true));

    // Embeddings, rerankings: the field means nothing there.
    [Fact]
    public void Of_NoGeneration_IsTheServersChoice() =>
        Assert.Equal(new SlotWish(IsServers: true), Of("""{"input":"text","id_slot":1}""", isGeneration: false));

    private static SlotWish Of(string body, bool isGeneration)
    {
        var json = Encoding.UTF8.GetBytes(body);
        Assert.True(RequestParser.TryParse(json, strict: false, out var request, out _));
        return SlotWish.Of(json, request, isGeneration);
    }
}
