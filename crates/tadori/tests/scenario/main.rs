//! Scenarios: each pack that ships, from a printed code to erasure, through both doors and a real mail server.
//!
//! An operator registers, and prints what came by mail; a camera reads the code from that sheet; visitors check
//! in as the pack wants it; a case comes in as the pack takes it; officers decide, as many as it asks for; the
//! notice waits out its hold, and arrives as the pack words it; and on its last day everything is erased.
//!
//! The world is that of the flow tests (`tests/it`), whose clock stands until it is moved, so that two months
//! take a second. Its worker mails through Exim: STARTTLS, a password, a Maildir. LINE is crates/line-stand-in, which
//! isn't LINE.

#![expect(clippy::unwrap_used, reason = "what fails in a test is the test")]

#[path = "../it/form.rs"]
mod form;
#[path = "../../../deliver/tests/mail_server/mod.rs"]
mod mail_server;
#[path = "../production/mailbox.rs"]
#[expect(dead_code, reason = "the mailbox of the tests of an installation")]
mod mailbox;
#[path = "../it/page.rs"]
mod page;
#[path = "../production/paper.rs"]
mod paper;
#[path = "../it/push_stand_in.rs"]
#[expect(dead_code, reason = "the push service of the flow tests")]
mod push_stand_in;
#[path = "../it/story.rs"]
#[expect(dead_code, reason = "what people do in the flow tests")]
mod story;
#[path = "../it/world.rs"]
#[expect(dead_code, reason = "the world of the flow tests")]
mod world;

mod by_line;
mod line_packs;
mod mailed;
mod packs;
mod steps;
