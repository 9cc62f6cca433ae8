using Penstock.Configuration;
using Penstock.Protocol;
using Penstock.Routing;
using Penstock.Telemetry;

namespace Penstock.Forwarding;

/// <summary>
/// Finds somebody to finish an answer that broke off in the middle: a backend that continues it from where it stopped,
/// else one that says it again, of which what was said already is left out.
/// </summary>
internal sealed class StreamRescue(AttemptRunner runner, RetryBudget budget, GatewayMetrics metrics, TimeProvider time)
{
    /// <summary>Finds the next one to go on; null where nobody is left.</summary>
    /// <param name="round">Who can still be asked.</param>
    /// <param name="progress">What the caller has.</param>
    /// <param name="broken">The attempt that broke off; it has ended.</param>
    public async ValueTask<RescuedStream?> FindAsync(RescueRound round, StreamProgress progress, Attempt broken)
    {
        round.ToContinue.Failed(broken);
        round.ToReplay.Failed(broken);
        var text = progress.Text!;
        if (text.IsPlain && round.Call.Shape == AnswerShape.Chat && round.Call.Body is JsonBody body)
        {
            foreach (var pool in round.Call.Pools)
            {
                foreach (var member in pool.Members)
                {
                    if (member.Config.Continuation == Continuation.None) round.ToContinue.Exclude(member);
                }
            }

            var continued = await AskAsync(round.Call, round.ToContinue, pick => body.ContinuedFrom(text, pick.Backend.Config.Continuation));
            if (continued is not null) return Go(continued, progress, isReplay: false);
        }

        var replayed = await AskAsync(round.Call, round.ToReplay, _ => round.Call.Body);
        return replayed is null ? null : Go(replayed, progress, isReplay: true);
    }

    private static RescuedStream Go(EventStreamAnswer answer, StreamProgress progress, bool isReplay) =>
        new(answer, new ChunkRewriter(progress.Text!, progress.Id, progress.HasRole, isReplay), isReplay);

    private async ValueTask<EventStreamAnswer?> AskAsync(ForwardedCall call, Failover failover, Func<Pick, ForwardedBody?> bodyFor)
    {
        var started = time.GetTimestamp();
        while (!call.CallerGone.IsCancellationRequested)
        {
            if (!failover.TryPick(out var pick))
            {
                // In all: who rests again whenever its rest is over is not waited for again and again.
                if (!failover.TryPlanWait(call.Retry.MaxBackoff - time.GetElapsedTime(started), out var wait)) return null;
                if (!await call.IsStillWantedAfterAsync(wait, time)) return null;
                if (!failover.TryRepeat(out pick)) continue;
            }

            ForwardedBody? body = null;
            try
            {
                body = bodyFor(pick);
            }
            finally
            {
                if (body is null) pick.Dispose();
            }

            // This request cannot be continued by anybody.
            if (body is null) return null;

            if (!budget.TrySpend(call.Retry.Budget))
            {
                pick.Dispose();
                metrics.CountRetryDenied();
                return null;
            }

            var answer = await runner.RunAsync(call, pick, body);
            if (answer is EventStreamAnswer stream) return stream;
            var attempt = answer.LastAttempt!;
            // A refusal, of a prefill for one, is not the caller's: nobody has asked it for that.
            if (attempt.Failure is not (AttemptFailure.CallerGone or AttemptFailure.ShutDown)) failover.Failed(attempt);
            // After that: it says how long the backend is left alone.
            await answer.DisposeAsync();
            if (attempt.Failure is AttemptFailure.CallerGone or AttemptFailure.ShutDown) return null;
        }

        return null;
    }
}
