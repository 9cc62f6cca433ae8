namespace Penstock.Bench.Soak;

/// <summary>What a faulty upstream does to a request: the rows 1 to 11 of the fault table, by their numbers.</summary>
internal enum SoakFault
{
    None = 0,

    /// <summary>429 with <c>Retry-After: 2</c>, once.</summary>
    RateLimitedOnce = 1,

    /// <summary>429, however often it is asked.</summary>
    RateLimitedForEver = 2,

    /// <summary>500, once.</summary>
    FailsOnce = 3,

    /// <summary>503, however often it is asked.</summary>
    FailsForEver = 4,

    /// <summary>A reset before the headers, once.</summary>
    ResetsOnce = 5,

    /// <summary>Takes the request and never answers.</summary>
    NeverAnswers = 6,

    /// <summary>The headers at once, and nothing behind them for 20 s.</summary>
    LateFirstToken = 7,

    /// <summary>The connection is cut after 40 of 60 words.</summary>
    CutAfter40 = 8,

    /// <summary>Nothing more after 20 words, for 30 s.</summary>
    StallsAfter20 = 9,

    /// <summary>The tenth event is no JSON, the rest is fine.</summary>
    BadTenthEvent = 10,

    /// <summary>All is there but the <c>[DONE]</c>.</summary>
    WithoutDone = 11,
}
