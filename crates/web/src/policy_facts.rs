//! What pages say of the policy: generated from it, so that a promise can't drift from behaviour (GEN-2).

use domain::disease::ExposureEnd;
use domain::policy::pack::Pack;
use domain::policy::{ClusterTrigger, Disclosure, Inquiry, NamingCluster, Publication, VisitTime, Way};
use domain::retention::Keep;
use serde_json::{Value, json};

/// How long backups may lie (DESIGN section 5); said on the privacy page.
const BACKUP_DAYS: u32 = 14;

/// What is kept of a visitor (B12): by each channel that there is.
fn collects(pack: &Pack) -> Vec<&'static str> {
    let policy = &pack.policy;
    let mut found: Vec<&'static str> = Vec::new();
    for way in &policy.channels.enabled {
        let kept: &[&'static str] = match way {
            Way::WebEmail => &["email"],
            Way::Line => &["line"],
            Way::AppPwa => &["email", "push"],
        };
        for item in kept {
            if !found.contains(item) {
                found.push(item);
            }
        }
    }
    if policy.check_in.visit_time == VisitTime::UserEntered {
        found.push("visit_at");
    }
    found
}

/// The facts that templates turn into sentences.
pub(crate) fn facts(pack: &Pack) -> Value {
    let policy = &pack.policy;
    let check_in = &policy.check_in;
    let confirms = check_in.confirmation.writes();
    let counts_on = policy.disease.exposure_end == ExposureEnd::DaysAfterOnset;
    let (months, days) = match policy.data.keep() {
        Keep::Months(months) => (Some(months), None),
        Keep::Days(days) => (None, Some(days)),
    };
    let cluster_names = match policy.notices.cluster {
        ClusterTrigger::Officer => json!(policy.notices.naming_cluster),
        ClusterTrigger::Off => json!("off"),
    };
    // Where the mail follows publication, that sentence says both.
    let publishes = policy.notices.publication == Publication::OfficerDecides
        && policy.notices.naming_cluster != NamingCluster::IfPublished;
    json!({
        "match": check_in.matching.as_str(),
        "trigger": policy.notices.trigger.as_str(),
        "retention_months": months,
        "retention_days": days,
        "collects": collects(pack),
        "ways": policy.channels.enabled.iter().map(|way| way.as_str()).collect::<Vec<_>>(),
        "line_page": policy.channels.has(Way::Line)
            && policy.channels.line.detail_disclosure == Disclosure::PullPage,
        "blocked_hint": policy.channels.line.blocked_hint,
        "never": ["name", "address", "phone"],
        "purposes": if confirms { &["notice", "confirmation"][..] } else { &["notice"] },
        "unit": check_in.unit.as_str(),
        "confirmation": check_in.confirms().as_str(),
        "alert_names": policy.notices.naming_alert,
        "cluster_names": cluster_names,
        "publishes": publishes,
        "individual_answers": policy.notices.inquiry == Inquiry::TellInConsultation,
        "benefit": policy.cases.benefit_on_contact,
        "benefit_en": policy.cases.benefit_on_contact_en,
        "asks_reports": policy.cases.self_report,
        "start_days_before_onset": policy.disease.before_onset(),
        "end_days_after_onset": counts_on.then_some(policy.disease.days_after_onset),
        "onset": policy.disease.onset.as_str(),
        "erasure_time": "00:00",
        "backup_days": BACKUP_DAYS,
    })
}
