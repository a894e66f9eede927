//! The officers' console. Officers see counts, never contacts, and none can search by one (architecture
//! invariant 8): there is no such page, and no handler here can open anything.

pub(crate) mod session;
pub(crate) mod sign_in;

pub(crate) mod case;
pub(crate) mod case_new;
pub(crate) mod cases;
pub(crate) mod channels;

pub(crate) mod cluster_new;
pub(crate) mod notice;
pub(crate) mod notice_acts;
pub(crate) mod notices;
pub(crate) mod preview;
mod reason;

pub(crate) mod codes;
pub(crate) mod figures;
pub(crate) mod ledger;
pub(crate) mod proxy;
mod venue_table;
pub(crate) mod venues;
pub(crate) mod venues_import;
