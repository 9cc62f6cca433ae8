-- One row a call. Moments are microseconds since 1970, cost is in 1e-12 USD.
create table usage_records (
    id {uuid} primary key not null,
    time bigint not null,
    request_id text not null,
    caller text not null,
    labels text not null,
    endpoint text not null,
    model_asked text not null,
    model text not null,
    backend text not null,
    attempts integer not null,
    status integer not null,
    error text,
    prompt_tokens bigint not null,
    cached_tokens bigint not null,
    completion_tokens bigint not null,
    reasoning_tokens bigint not null,
    cost_pico bigint not null,
    latency_us bigint not null,
    first_token_us bigint,
    is_streamed smallint not null,
    is_estimated smallint not null
);

create index usage_records_time on usage_records (time);

-- Sums of the records by hour and by day (span: 3600 or 86400 seconds), kept in the transactions that write them.
create table usage_rollups (
    span integer not null,
    start bigint not null,
    caller text not null,
    model text not null,
    backend text not null,
    endpoint text not null,
    requests bigint not null,
    errors bigint not null,
    prompt_tokens bigint not null,
    cached_tokens bigint not null,
    completion_tokens bigint not null,
    reasoning_tokens bigint not null,
    cost_pico bigint not null,
    primary key (span, start, caller, model, backend, endpoint)
) {clustered};
