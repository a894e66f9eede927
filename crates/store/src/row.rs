//! Reading columns into the domain's types: a value that can't be there is an error, never a panic.

use domain::clock::Instant;
use domain::id::VenueId;
use domain::service_day::ServiceDay;
use domain::time_band::Span;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::StoreError;

/// Whether a text that somebody typed can be in a database at all: PostgreSQL takes no NUL.
pub(crate) fn can_be_stored(typed: &str) -> bool {
    !typed.contains('\0')
}

pub(crate) fn text(row: &AnyRow, column: &'static str) -> Result<String, StoreError> {
    Ok(row.try_get(column)?)
}

pub(crate) fn text_or_null(row: &AnyRow, column: &'static str) -> Result<Option<String>, StoreError> {
    Ok(row.try_get(column)?)
}

pub(crate) fn number(row: &AnyRow, column: &'static str) -> Result<i64, StoreError> {
    Ok(row.try_get(column)?)
}

pub(crate) fn number_or_null(row: &AnyRow, column: &'static str) -> Result<Option<i64>, StoreError> {
    Ok(row.try_get(column)?)
}

pub(crate) fn count(row: &AnyRow, column: &'static str) -> Result<u64, StoreError> {
    u64::try_from(number(row, column)?).map_err(|_| StoreError::Corrupt { column })
}

pub(crate) fn small(row: &AnyRow, column: &'static str) -> Result<u32, StoreError> {
    u32::try_from(number(row, column)?).map_err(|_| StoreError::Corrupt { column })
}

pub(crate) fn bytes(row: &AnyRow, column: &'static str) -> Result<Vec<u8>, StoreError> {
    Ok(row.try_get(column)?)
}

pub(crate) fn bytes_or_null(row: &AnyRow, column: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(row.try_get(column)?)
}

pub(crate) fn instant(row: &AnyRow, column: &'static str) -> Result<Instant, StoreError> {
    Ok(Instant::from_micros(number(row, column)?))
}

pub(crate) fn instant_or_null(row: &AnyRow, column: &'static str) -> Result<Option<Instant>, StoreError> {
    Ok(number_or_null(row, column)?.map(Instant::from_micros))
}

pub(crate) fn venue(row: &AnyRow, column: &'static str) -> Result<VenueId, StoreError> {
    Ok(VenueId::from_stored(number(row, column)?))
}

pub(crate) fn day(row: &AnyRow, column: &'static str) -> Result<ServiceDay, StoreError> {
    known(ServiceDay::parse(&text(row, column)?), column)
}

pub(crate) fn day_or_null(row: &AnyRow, column: &'static str) -> Result<Option<ServiceDay>, StoreError> {
    text_or_null(row, column)?.map(|text| known(ServiceDay::parse(&text), column)).transpose()
}

pub(crate) fn known<T>(value: Option<T>, column: &'static str) -> Result<T, StoreError> {
    value.ok_or(StoreError::Corrupt { column })
}

/// A span of time in the columns `from_at` and `to_at`; `None` where both are 0.
pub(crate) fn span(row: &AnyRow) -> Result<Option<Span>, StoreError> {
    let (from, to) = (instant(row, "from_at")?, instant(row, "to_at")?);
    Ok((to.as_micros() != 0).then_some(Span { from, to }))
}

/// A span of time as it is bound to both columns.
pub(crate) fn ends(span: Option<Span>) -> (i64, i64) {
    span.map_or((0, 0), |span| (span.from.as_micros(), span.to.as_micros()))
}
