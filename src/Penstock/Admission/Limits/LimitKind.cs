namespace Penstock.Admission.Limits;

/// <summary>What is limited.</summary>
internal enum LimitKind
{
    Requests,
    Tokens,
    Concurrency,
    Budget,
}
