//! A venue that was typed becomes a registration: a key for its operator, what is theirs sealed, and the mail.

use domain::id::MessageId;
use domain::operator::Operator;
use domain::report::OperatorLetter;
use domain::venue::Venue;
use seal::office::{OfficeSealer, Purpose};
use seal::token::{Token, TokenPurpose};
use store::arrivals::NewOperatorMail;
use store::venues::Registration;

use crate::state::Common;

/// What is to be stored of a registration, and the key that is shown once.
pub(crate) struct Enrolled {
    pub registration: Registration,
    /// None where the operator has no address (KNG-23).
    pub mail: Option<NewOperatorMail>,
    pub key: Token,
}

/// Makes a registration of it, with the measures of its first certificate. `poster` may be
/// empty: then the mail has the link only. `None` if nothing can be sealed.
pub(crate) fn enrol(
    common: &Common,
    sealer: &OfficeSealer,
    venue: Venue,
    operator: &Operator,
    measures: Vec<String>,
    form_nonce: [u8; 16],
    poster: Vec<u8>,
) -> Option<Enrolled> {
    let key = Token::new(&common.randomness);
    let own = sealer.seal(Purpose::Operator, &venue.id.as_i64().to_be_bytes(), &operator.to_bytes());
    let mail = match &operator.email {
        Some(email) => {
            let id = MessageId::from_random(common.randomness.bytes());
            let link = format!("{}/venues/{}?key={}", common.public_url, venue.id, key.expose().as_str());
            let letter = OperatorLetter { email: email.clone(), link };
            let sealed = sealer.seal(Purpose::Operator, id.as_bytes(), &letter.to_bytes()).ok()?;
            let queued_at = common.clock.now();
            Some(NewOperatorMail { id, venue: venue.id, sealed, attachment: poster, queued_at })
        }
        None => None,
    };
    let key_hash = key.hash(&common.deployment, TokenPurpose::VenueKey).as_bytes().to_vec();
    let registration = Registration { venue, form_nonce, key_hash, operator_sealed: own.ok()?, measures };
    Some(Enrolled { registration, mail, key })
}
