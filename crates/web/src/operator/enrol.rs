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
    pub mail: NewOperatorMail,
    pub key: Token,
}

/// Makes a registration of it. `poster` may be empty: then the mail has the link only. `None` if nothing
/// can be sealed.
pub(crate) fn enrol(
    common: &Common,
    sealer: &OfficeSealer,
    venue: Venue,
    operator: &Operator,
    form_nonce: [u8; 16],
    poster: Vec<u8>,
) -> Option<Enrolled> {
    let key = Token::new(&common.randomness);
    let id = MessageId::from_random(common.randomness.bytes());
    let link = format!("{}/venues/{}?key={}", common.public_url, venue.id, key.expose().as_str());
    let letter = OperatorLetter { email: operator.email.clone(), link };
    let own = sealer.seal(Purpose::Operator, &venue.id.as_i64().to_be_bytes(), &operator.to_bytes());
    let letter = sealer.seal(Purpose::Operator, id.as_bytes(), &letter.to_bytes());
    let (operator_sealed, sealed) = (own.ok()?, letter.ok()?);
    let mail =
        NewOperatorMail { id, venue: venue.id, sealed, attachment: poster, queued_at: common.clock.now() };
    let key_hash = key.hash(&common.deployment, TokenPurpose::VenueKey).as_bytes().to_vec();
    Some(Enrolled { registration: Registration { venue, form_nonce, key_hash, operator_sealed }, mail, key })
}
