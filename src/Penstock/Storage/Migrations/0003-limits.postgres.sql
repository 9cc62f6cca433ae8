-- What replicas share of limits. They take slices of an account and decide by themselves meanwhile.

-- level: of rates in 60-millionths of an item, so that a microsecond brings a whole number; of budgets in 1e-12 USD.
-- moment: of rates when the level was right; of budgets when the period ends. Microseconds since 1970.
create table limit_accounts (
    account text not null,
    kind smallint not null,
    capacity bigint not null,
    level bigint not null,
    moment bigint not null,
    primary key (account, kind)
);

-- What a replica holds, until it lapses.
create table limit_leases (
    account text not null,
    kind smallint not null,
    replica text not null,
    amount bigint not null,
    expires bigint not null,
    primary key (account, kind, replica)
);

-- turn: how many times it has asked.
create table limit_replicas (
    replica text primary key,
    seen bigint not null,
    turn bigint not null
);

-- One round trip, and locks that last no longer than it: a replica that freezes holds up nobody. Accounts are locked in the
-- order in which they are given, which must be the same everywhere. Kinds: 0 requests, 1 tokens (a minute), 2 seats, 3 money.
create function limit_exchange(
    p_replica text, p_turn bigint, p_valid bigint, p_accounts text[], p_kinds smallint[], p_capacities bigint[], p_holdings bigint[],
    p_returns bigint[], p_needs bigint[], p_wants bigint[], p_ends bigint[])
returns table (granted bigint, remaining bigint, replicas integer, place integer)
language plpgsql as $$
declare
    item constant numeric := 60000000;
    v_now bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint;
    v_replicas integer;
    v_place integer;
    v_account limit_accounts%rowtype;
    v_others numeric;
    v_level numeric;
    v_available numeric;
    v_grant numeric;
begin
    -- What was sent before a server froze may run long after what came later: it is too late, and what it gave back is lost.
    insert into limit_replicas as r values (p_replica, v_now, p_turn)
        on conflict (replica) do update set seen = v_now, turn = p_turn where r.turn < p_turn;
    if not found then return; end if;
    delete from limit_replicas d where d.replica in (
        select r.replica from limit_replicas r where r.seen < v_now - 600000000 for update skip locked);
    select count(*), count(*) filter (where r.replica < p_replica) into v_replicas, v_place
        from limit_replicas r where r.seen > v_now - 2 * p_valid;

    for i in 1 .. coalesce(array_length(p_accounts, 1), 0) loop
        insert into limit_accounts as a values (
            p_accounts[i], p_kinds[i], p_capacities[i],
            p_capacities[i] * case when p_kinds[i] < 2 then item else 1 end,
            case when p_kinds[i] = 3 then p_ends[i] else v_now end)
            on conflict do nothing;
        select * into v_account from limit_accounts a where a.account = p_accounts[i] and a.kind = p_kinds[i] for update;
        -- The lock may have been waited for. A clock that is put back brings nothing until it is where it was.
        v_now := (extract(epoch from clock_timestamp()) * 1000000)::bigint;
        delete from limit_leases l where l.account = p_accounts[i] and l.kind = p_kinds[i] and l.expires < v_now - 60000000;
        select coalesce(sum(l.amount), 0) into v_others from limit_leases l
            where l.account = p_accounts[i] and l.kind = p_kinds[i] and l.replica <> p_replica and l.expires > v_now;

        if p_kinds[i] < 2 then
            -- What replicas hold is a part of the bucket: it does not fill beyond the rest.
            v_level := least(
                (p_capacities[i] - v_others - p_holdings[i]) * item,
                v_account.level
                    + greatest(0, v_now - v_account.moment)::numeric * p_capacities[i] + p_returns[i] * item);
            v_available := floor(v_level / item);
        elsif p_kinds[i] = 2 then
            v_level := 0;
            v_available := p_capacities[i] - v_others - p_holdings[i];
        else
            v_level := v_account.level + p_capacities[i] - v_account.capacity;
            -- A new period begins by this clock, whatever those of the replicas say.
            if p_ends[i] > v_account.moment and v_account.moment <= v_now then
                v_account.moment := p_ends[i];
                v_level := p_capacities[i];
            end if;
            if p_ends[i] <= v_now then
                -- Who still counts the last one gives back nothing to this one, and has nothing of it; but owes what it owes.
                v_level := v_level + least(0, p_returns[i]);
                v_available := 0;
            else
                v_level := least(p_capacities[i], v_level + p_returns[i]);
                v_available := v_level;
            end if;
        end if;

        -- Slices become smaller as the account empties, so that nobody holds what others need.
        v_grant := greatest(0, least(v_available, greatest(p_needs[i], least(p_wants[i], floor(v_available / (2 * v_replicas))))));
        if p_kinds[i] < 2 then v_level := v_level - v_grant * item;
        elsif p_kinds[i] = 3 then v_level := v_level - v_grant;
        end if;

        update limit_accounts a set capacity = p_capacities[i], level = greatest(v_level, -4000000000000000000),
            moment = case when p_kinds[i] = 3 then v_account.moment else greatest(v_account.moment, v_now) end
            where a.account = p_accounts[i] and a.kind = p_kinds[i];
        if p_holdings[i] + v_grant > 0 then
            insert into limit_leases as l values (p_accounts[i], p_kinds[i], p_replica, p_holdings[i] + v_grant, v_now + p_valid)
                on conflict (account, kind, replica) do update set amount = excluded.amount, expires = excluded.expires;
        else
            delete from limit_leases l where l.account = p_accounts[i] and l.kind = p_kinds[i] and l.replica = p_replica;
        end if;

        granted := v_grant;
        remaining := v_available - v_grant;
        replicas := v_replicas;
        place := v_place;
        return next;
    end loop;

    -- Where there was no account to speak of, too, it is said how many replicas there are.
    granted := 0;
    remaining := 0;
    replicas := v_replicas;
    place := v_place;
    return next;
end
$$;
