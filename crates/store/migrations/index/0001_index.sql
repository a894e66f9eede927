-- One day's tags: HMAC of each contact under the day's own key, written by the worker. Dies with the day.
create table tag_index (
    tag      blob   not null,
    venue_id bigint not null,
    at       bigint not null,
    nonce    blob   not null,
    primary key (tag, venue_id, nonce)
);
