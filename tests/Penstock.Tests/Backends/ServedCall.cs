namespace Penstock.Tests.Backends;

/// <summary>A call as a <see cref="ClosedLoop"/> sends it, and what is left of its work.</summary>
/// <param name="reading">Seconds that its prompt takes.</param>
/// <param name="writing">Seconds that its answer takes; infinite: it never ends.</param>
/// <param name="prompt">Tokens of the prompt.</param>
/// <param name="answer">Tokens of the answer; null: the server does not say.</param>
internal sealed class ServedCall(double reading, double writing, int prompt, int? answer)
{
    public int Prompt => prompt;

    public int? Answer => answer;

    public double Unread { get; set; } = reading;

    public double Unwritten { get; set; } = writing;

    public long SentAt { get; set; }

    /// <summary>When its first token came; null: it has not.</summary>
    public long? FirstTokenAt { get; set; }
}
