//! What the desk is written when an operator asks something (KNG-18).

use super::Text;
use super::operator::said;
use crate::enquiry::Enquiry;
use crate::policy::Policy;
use crate::wording::Wording;

/// An operator's question, for the desk: as it was asked, after what is known of the place. `place` is its
/// name, where the number that was given is one of ours.
pub fn enquiry(policy: &Policy, wording: &Wording, asked: &Enquiry, place: Option<&str>) -> Text {
    let number = asked.venue.map(|venue| venue.to_string());
    let about = match (number.as_deref(), place) {
        (None, _) => wording.text("ja", "mail-operator-enquiry-no-number", &[]),
        (Some(number), None) => wording.text("ja", "mail-operator-enquiry-unknown", &[("number", number)]),
        (Some(number), Some(place)) => {
            wording.text("ja", "mail-operator-enquiry-about", &[("number", number), ("venue", place)])
        }
    };
    let mut text = said(policy, wording).mail("mail-operator-enquiry", &[("about", &about)]);
    // Put behind the words, not into them: whatever was typed stays what was typed.
    text.body.push('\n');
    text.body.push_str(asked.question.as_str());
    text.body.push('\n');
    text
}
