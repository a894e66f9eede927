//! Why an officer acted: a line of text that the ledger keeps, and what can be wrong with it.

use domain::text::TextError;

/// What is wrong with a reason.
pub(crate) fn wrong_reason(error: TextError, what: &str) -> String {
    match error {
        TextError::Missing => format!("{what}を入力してください。"),
        TextError::TooLong(limit) => format!("{what}は{limit}文字までで入力してください。"),
        TextError::Formula(c) => format!("{what}の先頭に「{c}」は使えません。"),
        TextError::Invisible(_) | TextError::PrivateUse(_) => format!("{what}に、使えない文字があります。"),
    }
}
