-- The office's zone: cases, notices, outbox, officers, ledger. The visitor's door has no way to it.

create table setting (
    name  text not null primary key,  -- 'last_seen': the worker's last look at the clock; 'clock_trusted': an engineer vouches for it
    value text not null
);

-- one infected person; never a name
create table case_record (
    case_id         blob   not null primary key,
    reference       text   not null,  -- the health centre's own number
    source          text   not null,  -- self_report, officer
    onset_on        text,             -- with symptoms
    sampled_on      text,             -- without
    positive_on     text   not null,
    first_day       text   not null,  -- exposure window, both ends included
    last_day        text   not null,
    received_at     bigint not null,  -- from here the time to the last message is measured
    entered_by      text   not null,
    contacts_sealed blob,             -- reported addresses, sealed to the key of the day of receipt
    close_contacts  bigint not null,  -- 1: known and spoken to, so no notice is needed
    state           text   not null,  -- received, matched, withdrawn
    matched_at      bigint
);
create index case_received on case_record (received_at);
create index case_waiting on case_record (state, received_at);
create index case_positive on case_record (positive_on);

-- visits that an interview brought
create table interview_visit (
    case_id    blob   not null,
    seq        bigint not null,
    venue_id   bigint,           -- null: no code of ours
    venue_text text   not null,  -- as the officer typed it
    day        text   not null,
    from_at    bigint not null,  -- from when to when it was, where that is known and counts; else 0
    to_at      bigint not null,
    primary key (case_id, seq)
);

-- which case was at which venue and day: dies with the day
create table case_visit (
    day      text   not null,
    venue_id bigint not null,
    case_id  blob   not null,
    from_at  bigint not null,  -- its stay, where visits are matched by time band; else 0
    to_at    bigint not null,
    primary key (day, venue_id, case_id, from_at)
);
create index case_visit_venue on case_visit (venue_id);
create index case_visit_case on case_visit (case_id);

-- what came of each visit of each case, with the figures it rests on: dies with the day
create table finding (
    case_id    blob   not null,
    day        text   not null,  -- '' where the finding is about no day
    venue_id   bigint not null,  -- 0 where the place has no code of ours
    venue_text text   not null,
    visited_at bigint not null,  -- when the visit began, where visits are matched by time band; else 0
    from_at    bigint not null,  -- the band that was looked at: who checked in in it counts; else 0
    to_at      bigint not null,
    outcome    text   not null,
    cases      bigint not null,  -- people: cases that share an address are one
    reports    bigint not null,  -- the cases themselves
    needed     bigint not null,
    row_record text   not null,  -- version and row of the table of thresholds
    notice_id  blob,
    decided_at bigint not null,
    primary key (case_id, day, venue_id, venue_text, visited_at)
);
create index finding_place on finding (day, venue_id);

create table notice (
    notice_id    blob   not null primary key,
    kind         text   not null,  -- alert, cluster
    state        text   not null,  -- proposed, approved, released, settled, declined, stopped
    created_at   bigint not null,
    created_by   text   not null,
    pack_version text   not null,  -- the rules that it rests on
    received_at  bigint not null,  -- of the report or declaration: the clock that officers are measured by
    others       bigint not null,  -- how many would be told, counted when it was proposed
    others_by    text   not null,  -- the same by channel, and who has blocked us: line 3 mail 2; empty where nobody was opened
    published    bigint not null,  -- 1: venue and days were made public, so the mail names them
    decided_by   text   not null,
    decided_at   bigint,
    reason       text   not null,  -- of declining or stopping
    release_at   bigint,
    released_at  bigint,
    settled_at   bigint,
    last_sent_at bigint,
    sent         bigint not null,  -- counted when settled; until then the outbox tells
    failed       bigint not null,
    key_wrapped  blob              -- the key of the recipients' hashes, wrapped by the ring; null once settled
);
create index notice_state on notice (state);

create table notice_day (
    notice_id  blob   not null,
    venue_id   bigint not null,
    day        text   not null,
    venue_name text   not null,
    cases      bigint not null,
    needed     bigint not null,
    row_record text   not null,
    expanded   text   not null,  -- no, open (the day went on after it), done
    from_at    bigint not null,  -- who checked in in this band is told; 0 and 0 where the whole day counts
    to_at      bigint not null,
    consent    bigint not null,  -- 1: the operator agreed that this notice names the place
    primary key (notice_id, venue_id, day, from_at)
);
create index notice_day_venue on notice_day (venue_id, day);

create table notice_case (
    notice_id blob not null,
    case_id   blob not null,
    primary key (notice_id, case_id)
);

create table notice_approval (
    notice_id  blob   not null,
    officer_id blob   not null,
    at         bigint not null,
    primary key (notice_id, officer_id)
);

-- one row a recipient, holding the check-in's own ciphertext: unreadable once the day's key is gone
create table outbox (
    notice_id      blob   not null,
    recipient_hash blob   not null,  -- under the notice's own key: one message a person
    message_id     blob   not null,  -- constant over retries
    day            text   not null,
    venue_id       bigint not null,
    at             bigint not null,
    nonce          blob   not null,
    sealed         blob   not null,
    state          text   not null,  -- waiting, sent, failed, cancelled
    attempts       bigint not null,
    due            bigint not null,
    lease          blob,             -- who holds it
    lease_until    bigint not null,
    reply          text   not null,  -- the server's last word, without addresses
    channel        text   not null,  -- mail, line, push; empty where the address was not opened yet
    group_key      blob,             -- by which LINE tells a repeat: the same for all that go in one call
    group_since    bigint not null,  -- when the group was first claimed and may have been sent; 0: not yet
    primary key (notice_id, recipient_hash)
);
-- only what waits stands in it, so that finding the next doesn't grow with what was sent
create index outbox_due on outbox (due) where state = 'waiting';
create index outbox_day on outbox (day);
create index outbox_group on outbox (group_key) where group_key is not null;

-- whether a channel is stopped: its notices wait, the others' go on
create table channel_stop (
    channel    text   not null primary key,  -- mail, line, push
    stopped    bigint not null,              -- 1: nothing is sent by it
    changed_by text   not null,
    changed_at bigint not null
);

create table officer (
    officer_id    blob   not null primary key,
    name          text   not null unique,
    password_hash text   not null,  -- argon2id
    totp_secret   blob   not null,  -- sealed under the web servers' secret
    totp_step     bigint not null,  -- the last step used, so that a code works once
    failed        bigint not null,  -- wrong sign-ins in a row
    locked_until  bigint not null,
    added_at      bigint not null
);

create table session (
    token_hash blob   not null primary key,
    officer_id blob   not null,
    created_at bigint not null,
    expires_at bigint not null
);

-- who alone does something that only one may do, where several machines could: the key ring's owner
create table lease (
    name  text   not null primary key,  -- 'ring'
    owner blob   not null,              -- drawn by a worker when it starts; empty once it let go
    beat  bigint not null               -- one more with every sign of life
);

-- when each of the worker's jobs last ended well, whichever worker did it
create table job_success (
    job text   not null primary key,
    at  bigint not null
);

-- which days have a tag index
create table indexed_day (
    day      text   not null primary key,
    rows     bigint not null,
    built_at bigint not null
);

create table ledger (
    seq     bigint not null primary key,
    at      bigint not null,
    actor   text   not null,
    act     text   not null,
    subject text   not null,
    detail  text   not null,
    prev    blob   not null,
    hash    blob   not null
);
