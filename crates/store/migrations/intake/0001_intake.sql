-- The public zone: what the web server may read and write. No statement here needs a private key, and
-- nothing here can be opened without one. Columns are text, bigint (epoch microseconds, counts) and blob,
-- so that one text serves SQLite and PostgreSQL.

-- small values that every web node shares
create table setting (
    name  text not null primary key,  -- 'office_public': what operators' data is sealed to, with the ring's signature
    value blob not null
);

-- venues as the public may know them
create table venue (
    venue_id        bigint not null primary key, -- 50 random bits: the registration number
    code            text   not null unique,      -- what the QR code holds
    kind            text   not null,             -- facility, shop, event_indoor, event_outdoor
    name            text   not null,             -- shown to visitors, printed on the poster
    parent_id       bigint,                      -- rooms and floors only: whose
    room            text,                        -- and what it is called beside the name
    category        text   not null,             -- the pack's word; decides level and measure
    size_measure    text,                        -- seats, floor_m2, participants, daily_users
    size_value      bigint,
    postal_code     text   not null,
    address         text   not null,
    likeness        text   not null,             -- name and place, folded: equal hints at a duplicate
    held            text   not null,             -- events only: 2026-11-22/2026-11-23 2026-12-01/2026-12-01
    status          text   not null,             -- active, pending, declined, revoked
    ended_at        bigint,                      -- when it was declined or revoked
    replaces        bigint,                      -- the registration in whose place this one stands
    registered_at   bigint not null,
    form_nonce      blob   not null unique,      -- a reload of the form is the same venue
    key_hash        blob   not null,             -- of the operator's own link; a room has its parent's
    operator_sealed blob   not null,             -- name, e-mail, telephone: sealed to the office's key
    naming_consent  bigint not null              -- 1: the operator agreed to be named in notices
);
create index venue_name on venue (name);
create index venue_parent on venue (parent_id);
create index venue_likeness on venue (likeness);
create index venue_replaces on venue (replaces);

-- issues of a venue's certificate; written once, never changed
create table certificate (
    venue_id  bigint not null,
    issue     bigint not null,  -- counted from 1
    issued_at bigint not null,
    primary key (venue_id, issue)
);

-- what a venue does against infection, as each issue lists it
create table certificate_measure (
    venue_id bigint not null,
    issue    bigint not null,
    measure  text   not null,  -- the pack's word
    primary key (venue_id, issue, measure)
);

-- service days and the public half of their keys; made by the worker 14 days ahead
create table service_day (
    day        text   not null primary key,
    suite      bigint not null,  -- HPKE suite: kem << 16 | kdf << 8 | aead
    public_key blob   not null,  -- only ever used after its signature was verified
    signature  blob   not null,  -- by the key ring's identity
    state      text   not null,  -- open, closed, expiring, erased
    check_ins  bigint not null,  -- counted when the day closes
    changed_at bigint not null
);

-- what an operator is to be sent; the row goes when the mail was accepted
create table operator_mail (
    mail_id    blob   not null primary key,
    venue_id   bigint not null,
    sealed     blob   not null,  -- address and link, sealed to the office's key
    attachment blob   not null,  -- the poster, which names nothing but the venue; empty: the link only
    declined   text   not null,  -- why an officer declined the registration; empty if none did
    queued_at  bigint not null,
    attempts   bigint not null,
    due        bigint not null
);

-- what an operator asks the desk; emptied when the desk has the mail, the row a form's life later
create table enquiry (
    enquiry_id blob   not null primary key,  -- made of form and words: a reload is the same row
    sealed     blob   not null,              -- number, address and question, sealed to the office's key
    asked_at   bigint not null,
    attempts   bigint not null,
    due        bigint not null
);

-- how often a client did what is bounded (wrong codes, registrations, questions, wrong sign-ins), for all nodes
create table quota (
    mark    blob   not null primary key,  -- of client and deed, under the doors' secret: no address
    tries   bigint not null,
    ends_at bigint not null               -- from then on it is forgotten
);

-- one-time codes for patients; only their hashes
create table one_time_code (
    code_hash   blob   not null primary key,
    issued_at   bigint not null,
    valid_until bigint not null
);

-- a patient's report: single use of a code by the unique key
create table report (
    report_id   blob   not null primary key,
    code_hash   blob   not null unique,
    reported_at bigint not null,
    sealed      blob   not null  -- dates and addresses, sealed to the key of the day of its receipt
);

-- accounts on LINE that wrote to ours: by a mark under the channel's secret, never by their number
create table line_friend (
    tag        blob   not null primary key,
    state      text   not null,  -- following, blocked
    consent    bigint not null,  -- the version that was agreed to; 0: none
    changed_at bigint not null,  -- the beginning of the day on which it was last heard of
    turned_at  bigint not null   -- when it blocked ours or lifted the block, while an older event could still come; then 0
);

-- LINE's numbers of the events that were taken, for as long as one could come again
create table line_event (
    event_id text   not null primary key,
    seen_at  bigint not null
);
create index line_event_seen on line_event (seen_at);

-- what an account is to be answered; the row goes when LINE has taken the answer, or it is too late for one
create table line_reply (
    reply_id  blob   not null primary key,
    day       text   not null,  -- the day to whose key it is sealed
    sealed    blob   not null,  -- reply token, account, and what is said
    queued_at bigint not null,
    attempts  bigint not null
);

-- pages that tell the recipients of a notice where and when they were; about no person
create table notice_page (
    page_hash  blob   not null primary key,  -- of the address that the notice carries
    day        text   not null,              -- with it the page ends
    venue_name text   not null,              -- empty where the policy names days only
    days       text   not null               -- the days that it tells, separated by blanks
);
create index notice_page_day on notice_page (day);

-- the public record of erased days
create table erasure (
    day         text   not null primary key,
    erased_at   bigint not null,
    check_ins   bigint not null,
    index_rows  bigint not null,
    outbox_rows bigint not null,
    verified    bigint not null  -- 1: file gone, key gone, opening failed
);
