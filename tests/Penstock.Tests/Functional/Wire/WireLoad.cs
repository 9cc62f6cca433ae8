using Penstock.Tests.Tools;

namespace Penstock.Tests.Functional.Wire;

/// <summary>
/// Conversations that take turns: a call begins when the one before has come to a server and its own conversation's last answer is
/// whole. So many are under way at once, and yet they come in one order, however slow the machine is.
/// </summary>
internal static class WireLoad
{
    /// <summary>No multiple of four: who goes round four servers gives each turn of a conversation to another.</summary>
    public const int Conversations = 13;

    public const int Turns = 4;

    /// <returns>By conversation and turn.</returns>
    public static async Task<TurnFigures[,]> RunAsync(TestGateway gateway, IReadOnlyList<HeardEngine> servers)
    {
        var conversations = Enumerable.Range(0, Conversations).Select(number => new WireConversation(number)).ToArray();
        var calls = new Task<TurnFigures>?[Conversations];
        var figures = new TurnFigures[Conversations, Turns];
        for (var turn = 0; turn < Turns; turn++)
        {
            for (var i = 0; i < Conversations; i++)
            {
                if (calls[i] is { } before) figures[i, turn - 1] = await before;
                var heard = Heard();
                var call = calls[i] = conversations[i].AskAsync(gateway);
                await Patience.UntilAsync(() => Heard() > heard || call.IsFaulted, "the call has come to a server");
            }
        }

        for (var i = 0; i < Conversations; i++) figures[i, Turns - 1] = await calls[i]!;
        return figures;

        int Heard() => servers.Sum(server => server.Calls.Count);
    }
}
