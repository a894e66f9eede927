//! What pages for operators say of the policy: generated from it, as promises to visitors are.

use domain::policy::pack::Pack;
use domain::policy::{Approval, Copies, EventReuse, Mutability, Rooms};
use serde_json::{Value, json};

/// The facts that templates turn into sentences.
pub(crate) fn rules(pack: &Pack) -> Value {
    let venues = &pack.policy.venues;
    json!({
        "rooms": venues.rooms == Rooms::Recommended,
        "approved": venues.approval == Approval::Officer,
        "mutable": venues.mutability == Mutability::Mutable,
        "same_code": venues.event_reuse == EventReuse::SameHost,
        "single": venues.copies == Copies::Single,
        "eligibility": venues.eligibility.iter().map(|which| which.as_str()).collect::<Vec<_>>(),
        "dual_posting": venues.dual_posting,
        "forbidden": venues.forbidden_places.iter().map(|place| place.as_str()).collect::<Vec<_>>(),
        "events": venues.kinds.iter().any(|kind| kind.is_event()),
        "scope": venues.scope,
        "certificate": pack.certificate.is_some(),
    })
}
