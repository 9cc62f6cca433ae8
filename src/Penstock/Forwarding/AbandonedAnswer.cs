namespace Penstock.Forwarding;

/// <summary>The caller has left: nobody to answer.</summary>
internal sealed class AbandonedAnswer(Attempt? attempt = null) : Answer(attempt);
