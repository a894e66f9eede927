//! What is sealed as a record, as bytes: a patient's report, and where an operator's mail goes.
//!
//! A [`Contact`] has no `Serialize`, on purpose; these are the two places where one is written down, and
//! both go straight into sealing. The form is one `key=value` a line: nothing in it can hold a line break.

use std::fmt;

use zeroize::Zeroizing;

use crate::case::{CaseDates, Course};
use crate::contact::Contact;
use crate::service_day::ServiceDay;

/// A positive person's report (OSK-25): the addresses used, and the dates.
pub struct Report {
    /// Onset or sampling, and the positive test.
    pub dates: CaseDates,
    /// The addresses used, at least one.
    pub contacts: Vec<Contact>,
}

impl Report {
    /// As bytes, for sealing.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (word, day) = match self.dates.course() {
            Course::OnsetOn(day) => ("onset", day),
            Course::SampledOn(day) => ("sampled", day),
        };
        let mut text = Zeroizing::new(format!("{word}={day}\npositive={}\n", self.dates.positive_on()));
        for contact in &self.contacts {
            text.push_str("email=");
            text.push_str(contact.expose());
            text.push('\n');
        }
        Zeroizing::new(text.as_bytes().to_vec())
    }

    /// From opened bytes; `None` if no version of this program wrote them.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        let course = match (value("onset"), value("sampled")) {
            (Some(day), _) => Course::OnsetOn(ServiceDay::parse(day)?),
            (None, Some(day)) => Course::SampledOn(ServiceDay::parse(day)?),
            (None, None) => return None,
        };
        let positive_on = ServiceDay::parse(value("positive")?)?;
        Some(Self { dates: CaseDates::from_stored(course, positive_on), contacts: read_contacts(text)? })
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Report(…)")
    }
}

/// The addresses of a case alone, as they are kept beside it.
pub fn contacts_to_bytes(contacts: &[Contact]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(String::new());
    for contact in contacts {
        text.push_str("email=");
        text.push_str(contact.expose());
        text.push('\n');
    }
    Zeroizing::new(text.as_bytes().to_vec())
}

/// Reads what [`contacts_to_bytes`] wrote.
pub fn contacts_from_bytes(bytes: &[u8]) -> Option<Vec<Contact>> {
    read_contacts(std::str::from_utf8(bytes).ok()?)
}

fn read_contacts(text: &str) -> Option<Vec<Contact>> {
    text.lines()
        .filter_map(|line| line.strip_prefix("email="))
        .map(|typed| Contact::email(typed).ok())
        .collect()
}

/// Where an operator's mail goes, and the link that stands in it.
pub struct OperatorLetter {
    /// The operator's address.
    pub email: Contact,
    /// The page of the venue with the operator's own key.
    pub link: String,
}

impl OperatorLetter {
    /// As bytes, for sealing.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(format!("email={}\nlink={}\n", self.email.expose(), self.link).into_bytes())
    }

    /// From opened bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let email = read_contacts(text)?.into_iter().next()?;
        let link = text.lines().find_map(|line| line.strip_prefix("link="))?.to_owned();
        Some(Self { email, link })
    }
}

impl fmt::Debug for OperatorLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorLetter(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let day = ServiceDay::parse("2026-11-22").unwrap();
        for course in [Course::OnsetOn(day.plus_days(-2)), Course::SampledOn(day)] {
            let report = Report {
                dates: CaseDates::from_stored(course, day),
                contacts: ["a@example.jp", "b..c@docomo.ne.jp"].map(|a| Contact::email(a).unwrap()).into(),
            };
            let back = Report::from_bytes(&report.to_bytes()).unwrap();
            assert_eq!(back.dates, report.dates);
            assert_eq!(back.contacts[1].expose(), "b..c@docomo.ne.jp");
        }
        let letter = OperatorLetter {
            email: Contact::email("a@example.jp").unwrap(),
            link: "https://x/?key=1".into(),
        };
        assert_eq!(OperatorLetter::from_bytes(&letter.to_bytes()).unwrap().link, letter.link);
        assert_eq!(format!("{letter:?}"), "OperatorLetter(…)");
        let read = Report::from_bytes(b"sampled=2026-11-22\npositive=2026-11-22\nemail=a@example.jp\n");
        assert_eq!(format!("{read:?}"), "Some(Report(…))");
        assert!(Report::from_bytes(b"onset=x").is_none() && OperatorLetter::from_bytes(b"").is_none());
    }
}
