//! Many rows in one statement: each way to the database and back costs as much as dozens of rows.
//!
//! A text of another length is another statement to prepare. So lists and rows come in powers of two, whose texts
//! stay prepared.

use std::sync::Arc;

use sqlx::AssertSqlSafe;

/// The longest list that is asked for at once.
const LIST: usize = 256;

/// The most rows that are written at once: a parameter is looked for by its name among all of them.
const ROWS: usize = 32;

/// A list to ask for, filled up with its last element.
pub(crate) fn list<T: Copy>(all: &[T]) -> Vec<T> {
    let mut list = all.to_vec();
    if let Some(last) = all.last() {
        list.resize(all.len().next_power_of_two(), *last);
    }
    list
}

/// The same, cut where it is too long: one statement each.
pub(crate) fn lists<T: Copy>(all: &[T]) -> impl Iterator<Item = Vec<T>> {
    all.chunks(LIST).map(list)
}

/// Rows to write, one statement each: as many as a power of two.
pub(crate) fn groups<T>(all: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = all;
    std::iter::from_fn(move || {
        let most = rest.len().min(ROWS);
        let power = most.checked_ilog2()?;
        let (group, others) = rest.split_at(1 << power);
        rest = others;
        Some(group)
    })
}

/// `$3, $4, $5`: so many parameters, behind those that came before.
pub(crate) fn parameters(before: usize, many: usize) -> String {
    let names: Vec<String> = (before + 1..=before + many).map(|number| format!("${number}")).collect();
    names.join(", ")
}

/// `($1, $2), ($3, $4)`: so many rows of so many columns.
pub(crate) fn rows(rows: usize, columns: usize) -> String {
    let rows: Vec<String> =
        (0..rows).map(|row| format!("({})", parameters(row * columns, columns))).collect();
    rows.join(", ")
}

/// A table `place` of so many days and venues, each once, bound in this order. Beside a list of days and a list of
/// venues all days of all venues would be looked at, and a list of pairs is what SQLite goes through a whole table for.
pub(crate) fn places(many: usize) -> String {
    let pairs: Vec<String> = (0..many)
        .map(|at| format!("(cast(${} as text), cast(${} as bigint))", 2 * at + 1, 2 * at + 2))
        .collect();
    format!(
        "with listed (day, venue_id) as (values {}), place as (select distinct day, venue_id from listed)",
        pairs.join(", ")
    )
}

/// A text that was put together from the above.
pub(crate) fn text(sql: String) -> AssertSqlSafe<Arc<str>> {
    AssertSqlSafe(sql.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parameters_are_numbered_through() {
        assert_eq!(parameters(2, 3), "$3, $4, $5");
        assert_eq!(rows(2, 2), "($1, $2), ($3, $4)");
    }

    proptest! {
        #[test]
        fn nothing_is_left_out(many in 0usize..1_000) {
            let all: Vec<usize> = (0..many).collect();
            let grouped: Vec<usize> = groups(&all).flatten().copied().collect();
            prop_assert_eq!(&grouped, &all);
            prop_assert!(groups(&all).all(|group| group.len().is_power_of_two() && group.len() <= ROWS));
            let mut listed: Vec<usize> = lists(&all).flatten().collect();
            prop_assert!(lists(&all).all(|list| list.len().is_power_of_two() && list.len() <= LIST));
            listed.dedup();
            prop_assert_eq!(&listed, &all);
        }
    }
}
