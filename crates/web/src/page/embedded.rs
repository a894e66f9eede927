//! The engine's own templates, built into the binary; a test compares this list with the folder.

/// Name and text of each template.
pub const TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("../../templates/base.html")),
    ("error.html", include_str!("../../templates/error.html")),
    ("operator/new.html", include_str!("../../templates/operator/new.html")),
    ("operator/registered.html", include_str!("../../templates/operator/registered.html")),
    ("operator/screen.html", include_str!("../../templates/operator/screen.html")),
    ("pages/erasures.html", include_str!("../../templates/pages/erasures.html")),
    ("pages/faq.html", include_str!("../../templates/pages/faq.html")),
    ("pages/operators.html", include_str!("../../templates/pages/operators.html")),
    ("pages/portal.html", include_str!("../../templates/pages/portal.html")),
    ("pages/privacy.html", include_str!("../../templates/pages/privacy.html")),
    ("pages/thresholds.html", include_str!("../../templates/pages/thresholds.html")),
    ("pages/visitors.html", include_str!("../../templates/pages/visitors.html")),
    ("parts/form.html", include_str!("../../templates/parts/form.html")),
    ("parts/promises.html", include_str!("../../templates/parts/promises.html")),
    ("report.html", include_str!("../../templates/report.html")),
    ("report_thanks.html", include_str!("../../templates/report_thanks.html")),
    ("visitor/check_in.html", include_str!("../../templates/visitor/check_in.html")),
    ("visitor/thanks.html", include_str!("../../templates/visitor/thanks.html")),
    ("visitor/unavailable.html", include_str!("../../templates/visitor/unavailable.html")),
    ("visitor/unknown_code.html", include_str!("../../templates/visitor/unknown_code.html")),
];
