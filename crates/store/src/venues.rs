//! Venues: registered once, found by code or number, withdrawn at once.

use std::collections::BTreeMap;

use domain::clock::Instant;
use domain::held::Held;
use domain::id::VenueId;
use domain::venue::{Room, Size, SizeMeasure, Venue, VenueCode, VenueKind, VenueName, VenueStatus};
use sqlx::any::AnyRow;
use sqlx::{Any, Transaction};

use crate::again::{Fate, again};
use crate::{Intake, StoreError, many, row};

/// What is stored of a venue beside what the public may know.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The venue.
    pub venue: Venue,
    /// The form's nonce: a reload is the same venue.
    pub form_nonce: [u8; 16],
    /// Hash of the operator's own key.
    pub key_hash: Vec<u8>,
    /// The operator's data, sealed to the office.
    pub operator_sealed: Vec<u8>,
    /// The measures of its first certificate, by the pack's words; none where it gets none.
    pub measures: Vec<String>,
}

/// What `like` looks for: names that contain `part`. Small and capital letters of ASCII are the same to
/// SQLite's `like` and not to PostgreSQL's, so both sides are small.
fn containing(part: &str) -> String {
    let part = part.to_ascii_lowercase();
    format!("%{}%", part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

pub(crate) fn venue(row: &AnyRow) -> Result<Venue, StoreError> {
    let measure = row::text_or_null(row, "size_measure")?;
    let size = match (measure, row::number_or_null(row, "size_value")?) {
        (Some(measure), Some(value)) => {
            Some(Size { measure: row::known(SizeMeasure::parse(&measure), "size_measure")?, value })
        }
        _ => None,
    };
    let room = match (row::number_or_null(row, "parent_id")?, row::text_or_null(row, "room")?) {
        (Some(of), Some(name)) => Some(Room { of: VenueId::from_stored(of), name }),
        _ => None,
    };
    Ok(Venue {
        id: row::venue(row, "venue_id")?,
        code: row::known(VenueCode::parse(&row::text(row, "code")?), "code")?,
        kind: row::known(VenueKind::parse(&row::text(row, "kind")?), "kind")?,
        name: VenueName::from_stored(row::text(row, "name")?),
        room,
        category: row::text(row, "category")?,
        size,
        postal_code: row::text(row, "postal_code")?,
        address: row::text(row, "address")?,
        held: row::known(Held::parse(&row::text(row, "held")?), "held")?,
        replaces: row::number_or_null(row, "replaces")?.map(VenueId::from_stored),
        status: VenueStatus::from_stored(&row::text(row, "status")?),
        registered_at: row::instant(row, "registered_at")?,
        naming_consent: row::number(row, "naming_consent")? != 0,
    })
}

/// Puts a venue and its first certificate there. `false` if its form's nonce is taken: then it was registered before.
pub(crate) async fn insert_venue(
    tx: &mut Transaction<'_, Any>,
    new: &Registration,
) -> Result<bool, StoreError> {
    let Registration { venue, form_nonce, key_hash, operator_sealed, measures } = new;
    let inserted = sqlx::query(
        "insert into venue (venue_id, code, kind, name, parent_id, room, category, size_measure, size_value, \
         postal_code, address, likeness, held, status, replaces, registered_at, form_nonce, key_hash, \
         operator_sealed, naming_consent) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
         on conflict (form_nonce) do nothing",
    )
    .bind(venue.id.as_i64())
    .bind(venue.code.to_string())
    .bind(venue.kind.as_str())
    .bind(venue.name.as_str())
    .bind(venue.room.as_ref().map(|room| room.of.as_i64()))
    .bind(venue.room.as_ref().map(|room| room.name.clone()))
    .bind(venue.category.as_str())
    .bind(venue.size.map(|size| size.measure.as_str().to_owned()))
    .bind(venue.size.map(|size| size.value))
    .bind(venue.postal_code.as_str())
    .bind(venue.address.as_str())
    .bind(venue.likeness())
    .bind(venue.held.to_string())
    .bind(venue.status.as_str())
    .bind(venue.replaces.map(VenueId::as_i64))
    .bind(venue.registered_at.as_micros())
    .bind(form_nonce.as_slice())
    .bind(key_hash.as_slice())
    .bind(operator_sealed.as_slice())
    .bind(i64::from(venue.naming_consent))
    .execute(&mut **tx)
    .await?;
    let registered = inserted.rows_affected() == 1;
    if registered {
        crate::certificates::first(tx, venue.id, measures, venue.registered_at).await?;
    }
    Ok(registered)
}

impl Intake {
    /// Registers a venue together with its first certificate and the mail that its operator is to be sent;
    /// there is none where the operator gave no address. The mail of a venue that an officer is still to look
    /// at waits for the decision.
    ///
    /// `false` if this form was registered before: nothing is stored and nothing is sent twice.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn register_venue(
        &self,
        new: &Registration,
        mail: Option<&crate::arrivals::NewOperatorMail>,
    ) -> Result<bool, StoreError> {
        again(Fate::Once, || async {
            let mut tx = self.begin().await?;
            let registered = insert_venue(&mut tx, new).await?;
            if registered && let Some(mail) = mail {
                let decided = new.venue.status != VenueStatus::Pending;
                crate::arrivals::insert_operator_mail(&mut tx, mail, decided).await?;
            }
            tx.commit().await?;
            Ok(registered)
        })
        .await
    }

    /// The venue that a form registered.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn venue_of_form(&self, form_nonce: &[u8; 16]) -> Result<Option<Venue>, StoreError> {
        let found = sqlx::query("select * from venue where form_nonce = $1")
            .bind(form_nonce.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        found.as_ref().map(venue).transpose()
    }

    /// The venue behind a printed code, whatever its status.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn venue_by_code(&self, code: VenueCode) -> Result<Option<Venue>, StoreError> {
        let found = sqlx::query("select * from venue where code = $1")
            .bind(code.to_string())
            .fetch_optional(&self.pool)
            .await?;
        found.as_ref().map(venue).transpose()
    }

    /// The venue with that registration number.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn venue(&self, id: VenueId) -> Result<Option<Venue>, StoreError> {
        let found = sqlx::query("select * from venue where venue_id = $1")
            .bind(id.as_i64())
            .fetch_optional(&self.pool)
            .await?;
        found.as_ref().map(venue).transpose()
    }

    /// The venues with these registration numbers, as far as they are there.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn venues_numbered(&self, ids: &[VenueId]) -> Result<BTreeMap<VenueId, Venue>, StoreError> {
        let mut found = BTreeMap::new();
        for ids in many::lists(ids) {
            let mut query = sqlx::query(many::text(format!(
                "select * from venue where venue_id in ({})",
                many::parameters(0, ids.len())
            )));
            for id in &ids {
                query = query.bind(id.as_i64());
            }
            for row in &query.fetch_all(&self.pool).await? {
                let venue = venue(row)?;
                found.insert(venue.id, venue);
            }
        }
        Ok(found)
    }

    /// The hash of the operator's own key.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn venue_key_hash(&self, id: VenueId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar("select key_hash from venue where venue_id = $1")
            .bind(id.as_i64())
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Venues whose name contains `part`, at most `limit`, the newest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn find_venues(&self, part: &str, limit: i64) -> Result<Vec<Venue>, StoreError> {
        if !row::can_be_stored(part) {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(
            "select * from venue where lower(name) like $1 escape '\\' order by registered_at desc, venue_id limit $2",
        )
        .bind(containing(part))
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(venue).collect()
    }

    /// Venues that take check-ins whose name contains `part`, at most `limit`, by name.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn find_open_venues(&self, part: &str, limit: i64) -> Result<Vec<Venue>, StoreError> {
        if !row::can_be_stored(part) {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(
            "select * from venue where status = 'active' and lower(name) like $1 escape '\\' \
             order by name, venue_id limit $2",
        )
        .bind(containing(part))
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(venue).collect()
    }

    /// Venues with exactly this name, at most `limit`, the newest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn venues_named(&self, name: &str, limit: i64) -> Result<Vec<Venue>, StoreError> {
        if !row::can_be_stored(name) {
            return Ok(Vec::new());
        }
        let rows =
            sqlx::query("select * from venue where name = $1 order by registered_at desc, venue_id limit $2")
                .bind(name)
                .bind(limit)
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(venue).collect()
    }

    /// How many venues take check-ins.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn count_venues(&self) -> Result<u64, StoreError> {
        let found = sqlx::query("select count(*) as venues from venue where status = 'active'")
            .fetch_one(&self.pool)
            .await?;
        row::count(&found, "venues")
    }

    /// Rooms and floors of a venue, in the order in which they were added.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn rooms(&self, of: VenueId) -> Result<Vec<Venue>, StoreError> {
        let rows = sqlx::query("select * from venue where parent_id = $1 order by registered_at, venue_id")
            .bind(of.as_i64())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(venue).collect()
    }

    /// Other registrations that may be of the same place, withdrawn and declined ones left out; at most
    /// `limit`, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn venues_alike(&self, own: &Venue, limit: i64) -> Result<Vec<Venue>, StoreError> {
        let likeness = own.likeness();
        if likeness.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(
            "select * from venue where likeness = $1 and venue_id <> $2 and status in ('active', 'pending') \
             order by registered_at, venue_id limit $3",
        )
        .bind(likeness)
        .bind(own.id.as_i64())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(venue).collect()
    }

    /// Registrations that stand in the place of this one, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn venues_replacing(&self, id: VenueId) -> Result<Vec<Venue>, StoreError> {
        let rows = sqlx::query("select * from venue where replaces = $1 order by registered_at, venue_id")
            .bind(id.as_i64())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(venue).collect()
    }

    /// Venues on which an officer is still to decide, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn pending_venues(&self, limit: i64) -> Result<Vec<Venue>, StoreError> {
        let rows = sqlx::query(
            "select * from venue where status = 'pending' order by registered_at, venue_id limit $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(venue).collect()
    }

    /// Venues that were withdrawn or declined, and of which the operator's data are still there; with when
    /// that was.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn ended_with_operator(&self) -> Result<Vec<(VenueId, Instant)>, StoreError> {
        let rows = sqlx::query(
            "select venue_id, ended_at from venue where status in ('revoked', 'declined') \
             and ended_at is not null and length(operator_sealed) > 0 order by venue_id",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|found| Ok((row::venue(found, "venue_id")?, row::instant(found, "ended_at")?)))
            .collect()
    }
}
