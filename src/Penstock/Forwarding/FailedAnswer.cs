using Penstock.Protocol;

namespace Penstock.Forwarding;

/// <summary>There is no answer, but an error that the gateway makes itself.</summary>
internal sealed class FailedAnswer(Attempt? attempt, ApiError error) : Answer(attempt)
{
    public ApiError Error => error;
}
