//! What pages say of the policy: generated from it, so that a promise can't drift from behaviour (GEN-2).

use domain::disease::ExposureEnd;
use domain::policy::pack::Pack;
use domain::policy::{Confirmation, VisitTime};
use serde_json::{Value, json};

/// How long backups may lie (DESIGN section 5); said on the privacy page.
const BACKUP_DAYS: u32 = 14;

/// The facts that templates turn into sentences.
pub(crate) fn facts(pack: &Pack) -> Value {
    let policy = &pack.policy;
    let check_in = &policy.check_in;
    let confirms = check_in.confirmation != Confirmation::None;
    let typed = check_in.visit_time == VisitTime::UserEntered;
    let counts_on = policy.disease.exposure_end == ExposureEnd::DaysAfterOnset;
    json!({
        "match": check_in.matching.as_str(),
        "trigger": "threshold",
        "retention_months": policy.data.retention_months,
        "retention_days": null,
        "collects": if typed { &["email", "visit_at"][..] } else { &["email"] },
        "never": ["name", "address", "phone"],
        "purposes": if confirms { &["notice", "confirmation"][..] } else { &["notice"] },
        "unit": check_in.unit.as_str(),
        "confirmation": check_in.confirms().as_str(),
        "alert_names": "none",
        "cluster_names": "if_published",
        "individual_answers": false,
        "asks_reports": policy.cases.self_report,
        "start_days_before_onset": policy.disease.days_before_onset,
        "end_days_after_onset": counts_on.then_some(policy.disease.days_after_onset),
        "onset": policy.disease.onset.as_str(),
        "erasure_time": "00:00",
        "backup_days": BACKUP_DAYS,
    })
}
