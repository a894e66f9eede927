-- One service day's check-ins and what is still to be confirmed of them. Erasing the day erases this
-- file, whatever it held. The nonce begins with the form's time, so rows come nearly in the order of the key.
create table check_in (
    venue_id bigint not null,
    at       bigint not null,  -- epoch microseconds
    nonce    blob   not null,  -- the form's: a reload is the same row
    sealed   blob   not null,  -- enc || ciphertext
    primary key (nonce, venue_id)
);
-- the check-in's confirmation is still to be sent; in the order in which they are, and so always appended
create table arrival (
    at       bigint not null,  -- the check-in's
    nonce    blob   not null,
    venue_id bigint not null,
    primary key (at, nonce, venue_id)
);
