using Penstock.Routing;
using Penstock.Telemetry;

namespace Penstock.Forwarding;

/// <summary>
/// Asks a second backend when the first one has been silent for too long. The first to speak wins, and the other is
/// cancelled.
/// </summary>
internal sealed class Hedge(AttemptRunner runner, RetryBudget budget, GatewayMetrics metrics, TimeProvider time)
{
    public async ValueTask<Answer> RunAsync(ForwardedCall call, Failover failover, Pick pick)
    {
        using var outrun = new CancellationTokenSource();
        using var outrunToo = new CancellationTokenSource();
        var first = runner.RunAsync(call, pick, call.Body, outrun.Token).AsTask();
        Task<Answer>? second = null;
        try
        {
            if (await HasAnsweredAsync(first, call.Settings.HedgeAfter!.Value)) return await first;

            if (!failover.TryPickBeside(pick.Backend, out var other)) return await first;
            if (!budget.TrySpend(call.Retry.Budget))
            {
                other.Dispose();
                metrics.CountRetryDenied();
                return await first;
            }

            metrics.CountHedge();
            second = runner.RunAsync(call, other, call.Body, outrunToo.Token).AsTask();
            var isFirst = await Task.WhenAny(first, second) == first;
            var (faster, slower) = isFirst ? (first, second) : (second, first);
            var answer = await faster;
            if (AttemptFailures.IsFinal(answer.Failure))
            {
                await (isFirst ? outrunToo : outrun).CancelAsync();
                var loser = await slower;
                // It may have answered in the same moment; nobody reads that.
                if (loser is { Failure: AttemptFailure.None, LastAttempt: { } outdone }) outdone.Failure = AttemptFailure.Outrun;
                await loser.DisposeAsync();
                return answer;
            }

            // One that fails is no winner: the other one still has its time.
            failover.Failed(answer.LastAttempt!);
            await answer.DisposeAsync();
            return await slower;
        }
        catch
        {
            // A bug. What is still under way has a seat, and nobody else knows of it.
            await AbandonAsync(first, outrun);
            if (second is not null) await AbandonAsync(second, outrunToo);
            throw;
        }
    }

    private static async Task AbandonAsync(Task<Answer> asked, CancellationTokenSource outrun)
    {
        await outrun.CancelAsync();
        await Task.WhenAny(asked);
        if (asked.IsCompletedSuccessfully) await (await asked).DisposeAsync();
    }

    private async ValueTask<bool> HasAnsweredAsync(Task first, TimeSpan within)
    {
        try
        {
            await first.WaitAsync(within, time);
            return true;
        }
        catch (TimeoutException)
        {
            return first.IsCompleted;
        }
    }
}
