using Penstock.Health;
using Penstock.Protocol;
using Penstock.Telemetry;

namespace Penstock.Forwarding;

/// <summary>
/// Gets an answer. Up to there nothing has gone to the caller, so that an attempt that fails can be followed by
/// another: <see cref="Failover"/> says where, the <see cref="RetryBudget"/> whether.
/// </summary>
internal sealed class AttemptLoop(
    AttemptRunner runner, Hedge hedge, RetryBudget budget, SeatQueue queue, GatewayMetrics metrics, TimeProvider time)
{
    public async ValueTask<Answer> RunAsync(ForwardedCall call)
    {
        budget.CountRequest();
        var failover = new Failover(call, queue);
        Answer? failed = null;
        while (true)
        {
            if (failover.TryPick(out var pick, mayWait: true))
            {
                // It goes there.
            }
            else if (failover.FindFull() is { } full)
            {
                var (seat, error, isMoved) = await queue.WaitAsync(call, failover, full);
                // It is where a newcomer is, but for the time that it has left.
                if (isMoved) continue;
                if (error is not null) return failed ?? new FailedAnswer(null, error);
                if (seat is null) return await StopAsync(call, failed);
                pick = seat.Value;
            }
            else
            {
                if (!failover.TryPlanWait(PatienceOf(call), out var wait)) return failed ?? Unavailable(failover);
                if (!await call.IsStillWantedAfterAsync(wait, time)) return await StopAsync(call, failed);
                if (!failover.TryRepeat(out pick)) continue;
            }

            // Who refused the connection got nothing to do by that: asking another one is no extra load.
            if (failed is not null && failed.Failure != AttemptFailure.Connect && !budget.TrySpend(call.Retry.Budget))
            {
                pick.Dispose();
                metrics.CountRetryDenied();
                return failed;
            }

            var answer = call.Settings.HedgeAfter is null || !call.Body.CanBeSentTwice
                ? await runner.RunAsync(call, pick, call.Body)
                : await hedge.RunAsync(call, failover, pick);
            if (AttemptFailures.IsFinal(answer.Failure))
            {
                if (failed is not null) await failed.DisposeAsync();
                return answer;
            }

            failover.Failed(answer.LastAttempt!);
            // Its seat and its connection are given back, and health hears of it, before anybody else is asked.
            await answer.LastAttempt!.DisposeAsync();
            failed = await WorthMoreAsync(failed, answer);
            if (call.CallerGone.IsCancellationRequested) return await StopAsync(call, failed);
        }
    }

    // What the caller can do something about comes before what it cannot; else the last word counts.
    private static async ValueTask<Answer> WorthMoreAsync(Answer? one, Answer other)
    {
        if (one is null) return other;
        var (kept, dropped) = Rank(one) > Rank(other) ? (one, other) : (other, one);
        await dropped.DisposeAsync();
        return kept;

        static int Rank(Answer answer) => answer.Failure switch
        {
            AttemptFailure.ContextLength => 2,
            AttemptFailure.RateLimited => 1,
            _ => 0,
        };
    }

    private static async ValueTask<Answer> StopAsync(ForwardedCall call, Answer? failed)
    {
        if (failed is not null) await failed.DisposeAsync();
        return call.CallerGone.IsCancellationRequested
            ? new AbandonedAnswer(failed?.LastAttempt) : new FailedAnswer(failed?.LastAttempt, Errors.ShuttingDown());
    }

    private static FailedAnswer Unavailable(Failover failover) => new(null, failover.FindObstacle(out var availableIn) switch
    {
        Obstacle.Resting => Errors.BackendsRest(availableIn),
        // It became free this very moment.
        Obstacle.Full => Errors.QueueFull(availableIn),
        Obstacle.BadCredentials => Errors.UpstreamCredentials(null),
        _ => Errors.NoHealthyBackend(availableIn),
    });

    // A request may wait for a backend as long as it might have waited for its answer. The line has a time of its own.
    private TimeSpan PatienceOf(ForwardedCall call)
    {
        var config = call.Route.Pool.Members[0].Config;
        var longest = call.IsEventStream ? call.Settings.FirstTokenTimeout ?? config.FirstTokenTimeout : config.Timeout;
        return longest + call.Record.QueueTime - time.GetElapsedTime(call.Record.ArrivedAt);
    }
}
