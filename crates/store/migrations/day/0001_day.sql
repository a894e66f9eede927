-- One service day's check-ins and what is still to be confirmed of them. Erasing the day erases this
-- file, whatever it held. Rows are appended in the order in which they come; what is looked for by its
-- nonce is in an index of its own, whose entries are small: forms are sent in another order than they were
-- handed out, and each page that a group touches is written once more.
create table check_in (
    venue_id bigint not null,
    at       bigint not null,  -- epoch microseconds
    nonce    blob   not null,  -- the form's: a reload is the same row
    sealed   blob   not null,  -- enc || ciphertext
    primary key (nonce, venue_id)
);
-- the check-in's confirmation is still to be sent; its key begins with the time, and so is appended to
create table arrival (
    at       bigint not null,  -- the check-in's
    nonce    blob   not null,
    venue_id bigint not null,
    primary key (at, nonce, venue_id)
);
