-- One row a key that was made at run time. Moments are microseconds since 1970; hashes are sha256: and hexadecimal digits.
create table access_keys (
    id text primary key not null,
    name text not null,
    hash text not null,
    prefix text not null,
    previous text not null,
    models text not null,
    expires_at bigint,
    limits text,
    budget_micro_usd bigint,
    budget_per text,
    priority text not null,
    labels text not null,
    created_at bigint not null,
    revoked_at bigint,
    revision bigint not null
);

create unique index access_keys_hash on access_keys (hash);

-- The name of a key that is revoked may be another's.
create unique index access_keys_name on access_keys (name) where revoked_at is null;

create index access_keys_revision on access_keys (revision);

-- Counts changes. Whoever changes a key counts first, and so waits for whoever did before: revisions are committed in order.
create table access_key_revision (value bigint not null);

insert into access_key_revision (value) values (0);
