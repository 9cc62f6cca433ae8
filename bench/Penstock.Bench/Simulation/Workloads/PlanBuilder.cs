using Penstock.Engines;

namespace Penstock.Bench.Simulation.Workloads;

/// <summary>Draws up a plan, conversation by conversation.</summary>
internal sealed class PlanBuilder
{
    private readonly List<PlannedCall> _calls = [];

    public IReadOnlyList<PlannedCall> Calls => _calls;

    /// <summary>A conversation: each turn asks for all that was said before, and comes when somebody has thought about the answer.</summary>
    /// <param name="at">When it begins; seconds.</param>
    /// <param name="conversation">Its name.</param>
    /// <param name="chain">What its first prompt begins with.</param>
    /// <param name="turns">What its turns add. The first one's time to think does not count.</param>
    public void AddConversation(double at, ulong conversation, TokenChain chain, IReadOnlyList<PlannedTurn> turns)
    {
        var lengths = new List<(int Prompt, int Answer)>();
        foreach (var turn in turns)
        {
            chain.Append(conversation, turn.NewTokens);
            lengths.Add((chain.Tokens, chain.Tokens + turn.OutputTokens));
            chain.Append(conversation, turn.OutputTokens);
        }

        var blocks = chain.ToBlocks();
        foreach (var (turn, (prompt, answer)) in lengths.Index())
        {
            _calls.Add(new PlannedCall
            {
                After = turn == 0 ? null : _calls.Count - 1,
                Delay = (long)((turn == 0 ? at : turns[turn].ThinkSeconds) * 1e6),
                Conversation = conversation,
                Blocks = blocks[..(answer / EngineCall.BlockTokens)],
                PromptTokens = prompt,
                OutputTokens = answer - prompt,
            });
        }
    }
}
