namespace Penstock.Protocol;

/// <summary>What the gateway needs to know of a JSON answer, or of one chunk of a streamed one.</summary>
internal struct AnswerFacts
{
    /// <summary>The brace that opens the answer's object.</summary>
    public int ObjectStart;

    /// <summary>Whether the object has no member, so that nothing inserted needs a comma.</summary>
    public bool IsEmptyObject;

    /// <summary>The value of the top-level <c>id</c>, and of a second one where keys repeat.</summary>
    public JsonSpan Id, SecondId;

    /// <summary>The value of a top-level <c>backend</c>, and of a second one.</summary>
    public JsonSpan Backend, SecondBackend;

    /// <summary>The string token of the top-level <c>model</c>.</summary>
    public JsonSpan Model;

    /// <summary>The value of a top-level <c>error</c> that is not null.</summary>
    public JsonSpan Error;

    /// <summary>What was used, where the answer says so.</summary>
    public TokenUsage? Usage;

    /// <summary>How long it took the server, where the answer says so.</summary>
    public AnswerTimings? Timings;

    /// <summary>Whether there is a top-level <c>choices</c>, and how many choices it has.</summary>
    public bool HasChoices;

    public int ChoiceCount;

    /// <summary>The indexes of the choices that are there, and of those with a <c>finish_reason</c>, as sets.</summary>
    public UInt128 Choices, FinishedChoices;

    /// <summary>Whether it brings something that a reader would see: text, a tool call, audio.</summary>
    public bool HasContent;

    /// <summary>The text that the first choice gained: the string of its <c>delta.content</c>, or of its <c>text</c>; empty where there is none.</summary>
    public JsonString Text;

    /// <summary>Whether it brings content besides <see cref="Text"/>: another choice's, reasoning, a tool call.</summary>
    public bool HasOtherContent;

    /// <summary>Whether a choice says whose words these are (<c>delta.role</c>).</summary>
    public bool HasRole;

    /// <summary>The numbers of <see cref="Usage"/>, where they are.</summary>
    public JsonSpan PromptTokensAt, CompletionTokensAt;

    /// <summary>The value of a top-level <c>type</c>, which names the events of the responses API.</summary>
    public JsonSpan Type;

    /// <summary>Whether it is the chunk that a stream ends its usage in: no choice, and what was used.</summary>
    public readonly bool IsUsageOnly => HasChoices && ChoiceCount == 0 && Usage is not null;

    /// <summary>
    /// Whether it is an error and nothing else, as servers send it in place of an answer. An answer of the responses
    /// API that failed has an <c>error</c> too, but it is an answer: it has an <c>id</c>.
    /// </summary>
    public readonly bool IsError => Error.IsPresent && !HasChoices && !Id.IsPresent;
}
