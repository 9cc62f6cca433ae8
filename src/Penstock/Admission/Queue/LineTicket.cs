using Penstock.Configuration;

namespace Penstock.Admission.Queue;

/// <summary>What a line has to know of a call.</summary>
/// <param name="Caller">Whose it is.</param>
/// <param name="Priority">Its priority.</param>
/// <param name="Tokens">What it is expected to cost.</param>
/// <param name="Bytes">What it holds while it waits.</param>
/// <param name="Timeout">How long it waits.</param>
internal readonly record struct LineTicket(string Caller, CallerPriority Priority, long Tokens, long Bytes, TimeSpan Timeout)
{
    // A warm prompt saves seconds: who has waited longer than that for it has gained nothing.
    private static readonly TimeSpan LongestChoice = TimeSpan.FromSeconds(5);

    /// <summary>How long a call may leave a free seat for a better one: for half of the time that it has, and some seconds at most.</summary>
    /// <param name="timeout">The time that it has.</param>
    public static TimeSpan ChoosyFor(TimeSpan timeout) => timeout / 2 < LongestChoice ? timeout / 2 : LongestChoice;
}
