using Penstock.Protocol;

namespace Penstock.Routing;

/// <summary>A call on its way through a backend, as a policy follows it. Its end is its disposal, whatever happened before.</summary>
internal interface IDispatch : IDisposable
{
    /// <summary>The slot of the server that it is to take (llama.cpp's <c>id_slot</c>); null: the server's choice.</summary>
    int? Slot { get; }

    /// <summary>The call goes out now: up to here the server has heard nothing of it.</summary>
    void Sent();

    /// <summary>The first content of the answer is there: the prompt has been read. Once at most.</summary>
    /// <param name="after">Since the call was sent.</param>
    void FirstToken(TimeSpan after);

    /// <summary>The answer is complete.</summary>
    /// <param name="after">Since the call was sent.</param>
    /// <param name="usage">What the server says it used; null: it does not say.</param>
    /// <param name="timings">How fast it says that it was; null: it does not say.</param>
    void Answered(TimeSpan after, TokenUsage? usage, AnswerTimings? timings = null);
}
