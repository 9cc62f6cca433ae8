namespace Penstock.Forwarding;

/// <summary>The names of attempts' endings in metrics and spans.</summary>
internal static class AttemptOutcomes
{
    public static string NameOf(AttemptFailure failure) => failure switch
    {
        AttemptFailure.None => "success",
        AttemptFailure.Connect => "connect",
        AttemptFailure.FirstByteTimeout => "timeout",
        AttemptFailure.Status => "status",
        AttemptFailure.BrokenBeforeCommit => "broken_before_commit",
        AttemptFailure.BrokenAfterCommit => "broken_after_commit",
        AttemptFailure.CallerGone => "caller_gone",
        _ => "shut_down",
    };
}
