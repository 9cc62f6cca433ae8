using Penstock.Backends;
using Penstock.Protocol;
using Penstock.Routing;

namespace Penstock.Tests.Forwarding;

/// <summary>A policy with a bug: it takes the first, and throws <see cref="InvalidTimeZoneException"/> where a test says so.</summary>
/// <param name="where">The member that throws, of this or of what follows a call.</param>
/// <param name="call">At which call, from 1.</param>
internal sealed class ThrowingPicker(string where, int call = 1) : IBackendPicker
{
    private int _calls;

    public Backend? Pick(ReadOnlySpan<Backend> free, ReadOnlySpan<Backend> full, PromptShape? prompt) => free[0];

    public IDispatch? Begin(Backend backend, PromptShape? prompt)
    {
        var throwsAt = ++_calls == call ? where : "";
        Throw(throwsAt, nameof(Begin));
        return new Dispatch(throwsAt);
    }

    private static void Throw(string where, string here)
    {
        if (where == here) throw new InvalidTimeZoneException();
    }

    private sealed class Dispatch(string where) : IDispatch
    {
        public int? Slot => null;

        public void Sent() => Throw(where, nameof(Sent));

        public void FirstToken(TimeSpan after) => Throw(where, nameof(FirstToken));

        public void Answered(TimeSpan after, TokenUsage? usage, AnswerTimings? timings = null) => Throw(where, nameof(Answered));

        public void Dispose() => Throw(where, nameof(Dispose));
    }
}
