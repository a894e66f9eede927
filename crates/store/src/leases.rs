//! Who alone does something that only one may do, where several machines could.
//!
//! A lease says nothing of time, for the clocks of two machines may differ by minutes. Its owner adds one to its
//! beat now and then; whoever stands by looks at it as often, and takes it when the beat that it saw has stood
//! still for so many looks. Taking it names that beat: of two who stand by, one gets it.

use domain::id::LeaseId;

use crate::{Office, StoreError, row};

/// The lease of the key ring, whose owner works.
pub const RING: &str = "ring";

/// A lease as whoever stands by sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Whose it is; `None` once it was let go.
    pub owner: Option<LeaseId>,
    /// How often its owner has shown that it lives.
    pub beat: i64,
}

impl Office {
    /// A lease; `None` if nobody ever had it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn lease(&self, name: &str) -> Result<Option<Lease>, StoreError> {
        let found = sqlx::query("select owner, beat from lease where name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        found
            .map(|found| {
                let owner = row::bytes(&found, "owner")?;
                let owner = match owner.is_empty() {
                    true => None,
                    false => Some(row::known(LeaseId::from_stored(&owner), "owner")?),
                };
                Ok(Lease { owner, beat: row::number(&found, "beat")? })
            })
            .transpose()
    }

    /// Takes a lease as it was `seen`; `false` if it has changed since.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn take_lease(
        &self,
        name: &str,
        owner: LeaseId,
        seen: Option<Lease>,
    ) -> Result<bool, StoreError> {
        let taken = sqlx::query(
            "insert into lease (name, owner, beat) values ($1, $2, 1) \
             on conflict (name) do update set owner = excluded.owner, beat = lease.beat + 1 where lease.beat = $3",
        )
        .bind(name)
        .bind(owner.as_bytes().as_slice())
        .bind(seen.map_or(0, |lease| lease.beat))
        .execute(&self.pool)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Its owner lives; `false` if the lease is somebody else's by now.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn keep_lease(&self, name: &str, owner: LeaseId) -> Result<bool, StoreError> {
        let kept = sqlx::query("update lease set beat = beat + 1 where name = $1 and owner = $2")
            .bind(name)
            .bind(owner.as_bytes().as_slice())
            .execute(&self.pool)
            .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Its owner needs it no more.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn let_lease_go(&self, name: &str, owner: LeaseId) -> Result<(), StoreError> {
        sqlx::query("update lease set owner = $1, beat = beat + 1 where name = $2 and owner = $3")
            .bind([].as_slice())
            .bind(name)
            .bind(owner.as_bytes().as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
