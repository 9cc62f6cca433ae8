namespace Penstock.Telemetry;

/// <summary>What each metric means, in one sentence, for both of the formats that carry such a sentence.</summary>
internal static class MetricNames
{
    public const string RequestsHelp = "Requests that have ended, by route, model, backend and HTTP status.";
    public const string TokensHelp = "Tokens that backends reported as used, by direction.";
    public const string AttemptsHelp = "Attempts at a backend, by how they ended.";
    public const string DroppedEventsHelp = "Events of streams that could not be read and were left out.";
    public const string RescuesHelp = "Streams that broke off in the middle, by what became of them: continued, replayed or failed.";
    public const string RetriesDeniedHelp = "Attempts that were not made because the retry budget was spent.";
    public const string HedgesHelp = "Second backends that were asked besides a silent one.";
    public const string InFlightHelp = "Requests that have come and not ended.";
    public const string BackendInFlightHelp = "Requests that were sent to a backend and have not ended.";
    public const string BackendUpHelp = "Whether a backend may get requests: 0 while it is down, drained, refuses the gateway's key or its breaker is open.";
    public const string BreakerStateHelp = "A backend's breaker: 0 closed, 1 half open, 2 open.";
    public const string BackendSeatsHelp = "Requests that a backend may have in flight, as configured, as its server says or as learned; missing where there is no limit.";
    public const string EngineRunningHelp = "Calls that a backend's server says it works on, whoever sent them.";
    public const string EngineWaitingHelp = "Calls that a backend's server says wait in it.";
    public const string EngineCacheUsageHelp = "How much of its cache a backend's server says is in use, from 0 to 1.";
    public const string LogLinesDroppedHelp = "Log lines dropped, because the output did not keep up.";
    public const string UsageRecordsLostHelp = "Usage records that will be in no ledger, by why: queue_full, disk or refused.";
    public const string UsageRecordsSpooledHelp = "Usage records that were kept on disk, because the store did not take them at once.";
    public const string QueueRequestsHelp = "Calls that stand in line for a seat, by pool and priority.";
    public const string QueueBytesHelp = "Bytes of the bodies of calls that stand in line.";
    public const string QueueDurationHelp = "Time that calls stood in line until they got a seat.";
    public const string QueueRefusedHelp = "Calls that got no seat, by why: full, shed or timeout.";
    public const string DurationHelp = "Time from a request's arrival to the end of its answer.";
    public const string TimeToFirstTokenHelp = "Time from a request's arrival to the first content of a streamed answer.";
    public const string TimePerOutputTokenHelp = "Time between the tokens of a streamed answer, after the first.";
    public const string OverheadHelp = "What the gateway added to the time that the caller and the backend took.";
    public const string TokenUsageHelp = "Tokens of a call, by type.";
    public const string BuildInfoHelp = "The version that runs; always 1.";
    public const string UptimeHelp = "Time since the start.";
}
