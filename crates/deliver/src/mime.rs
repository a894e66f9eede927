//! A message as bytes: what a mail server and a mailbox read (RFC 5322, RFC 2045 to 2047).
//!
//! One part of UTF-8 text; two only where a file goes with it. `Auto-Submitted: auto-generated` (RFC 3834)
//! keeps absence notes and robots from answering. `Message-ID` and `Date` come from the message, so every
//! attempt yields the same bytes, and a mailbox that got it twice can tell.
//!
//! Header lines are written by mail-builder. What it can't know is checked or smoothed before: subject and
//! names are one line, addresses are addresses, the text has no control characters. Nothing that a prefecture
//! writes into its wording, and nothing that an operator typed as the name of a shop, becomes a header line.

use std::borrow::Cow;

use domain::contact::{Channel, Contact};
use domain::message::{Attachment, Mail, Sender};
use mail_builder::MessageBuilder;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;
use zeroize::Zeroizing;

use crate::error::{DeliveryError, Stage};

/// The message, lines ending in CR LF, not dot-stuffed.
///
/// # Errors
/// [`DeliveryError::Permanent`] where no mail can be made of it: the contact isn't an e-mail address, or
/// one of the two addresses would break out of its header.
pub fn eml(mail: &Mail, sender: &Sender) -> Result<Zeroizing<Vec<u8>>, DeliveryError> {
    if mail.to.channel() != Channel::Email {
        return Err(unsendable("the recipient is not reached by e-mail"));
    }
    let to = mail.to.envelope();
    if !is_mailbox(&to) {
        return Err(unsendable("the recipient's address is not one"));
    }
    if !is_mailbox(&sender.address) {
        return Err(unsendable("the sender's address is not one"));
    }
    let reply_to = mail.reply_to.as_ref().map(Contact::envelope);
    if reply_to.as_ref().is_some_and(|address| !is_mailbox(address)) {
        return Err(unsendable("the address for answers is not one"));
    }
    let domain = sender.address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let message = MessageBuilder::new()
        .from((one_line(&sender.name), sender.address.clone()))
        .to(to.as_str())
        .subject(one_line(&mail.text.subject))
        .date(mail.dated.as_secs())
        .message_id(format!("{}@{domain}", mail.id))
        .header("Auto-Submitted", Raw::new("auto-generated"));
    let message = match &reply_to {
        Some(address) => message.reply_to(address.as_str()),
        None => message,
    };
    let text = MimePart::new("text/plain", plain(&mail.text.body));
    let message = match &mail.attachment {
        None => message.body(text),
        Some(attachment) => message.body(MimePart::new(
            ContentType::new("multipart/mixed").attribute("boundary", format!("{}_part", mail.id)),
            vec![text, file(attachment)],
        )),
    };
    let bytes = message.write_to_vec().map_err(|_| unsendable("it can't be written"))?;
    Ok(Zeroizing::new(bytes))
}

/// Whether `address` can stand between `<` and `>` of an envelope or a header: ASCII, no control
/// character, no blank, no bracket; something before the @ and a domain behind it.
pub(crate) fn is_mailbox(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>');
    let quoted = local.len() > 2
        && local.starts_with('"')
        && local.ends_with('"')
        && !local[1..local.len() - 1].contains(['"', '\\']);
    let bare = !local.is_empty() && !local.contains(['"', '\\', '@', ',', ';', ':', '(', ')']);
    address.len() <= 320
        && address.chars().all(plain)
        && (quoted || bare)
        && !domain.is_empty()
        && domain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '[' | ']' | ':'))
}

fn file(attachment: &Attachment) -> MimePart<'_> {
    let (kind, subtype) = attachment.media_type.split_once('/').unwrap_or_default();
    let token = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-'))
    };
    let media_type = match token(kind) && token(subtype) && kind != "multipart" && kind != "message" {
        true => Cow::Borrowed(attachment.media_type.as_str()),
        false => Cow::Borrowed("application/octet-stream"),
    };
    MimePart::new(ContentType::new(media_type), attachment.bytes.as_slice())
        .attachment(one_line(&attachment.file_name))
}

/// A name or subject on one line: control characters and line separators become blanks.
fn one_line(text: &str) -> String {
    let blank = |c: char| if breaks_a_line(c) { ' ' } else { c };
    text.trim_matches(|c: char| breaks_a_line(c) || c == ' ').chars().map(blank).collect()
}

/// The text with one kind of line end and no control characters but tab.
fn plain(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    lines.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn unsendable(why: &str) -> DeliveryError {
    DeliveryError::Permanent { at: Stage::Writing, reply: why.to_owned() }
}
