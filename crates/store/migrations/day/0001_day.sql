-- One service day's check-ins and what is still to be confirmed of them. Erasing the day erases this
-- file, whatever it held. The nonce begins with the time, so rows are appended to the end of one tree.
create table check_in (
    venue_id bigint not null,
    at       bigint not null,  -- epoch microseconds
    nonce    blob   not null,  -- the form's: a reload is the same row
    sealed   blob   not null,  -- enc || ciphertext
    primary key (nonce, venue_id)
);
-- the check-in's confirmation is still to be sent
create table arrival (
    nonce    blob   not null,
    venue_id bigint not null,
    primary key (nonce, venue_id)
);
