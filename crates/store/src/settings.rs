//! Small values that every node shares, and whether a zone answers.

use crate::{Intake, Office, StoreError};

impl Intake {
    /// Whether the database answers: what `/health/ready` asks.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }

    /// A shared setting.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar("select value from setting where name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Sets a shared setting, once and for all or anew.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn set(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        sqlx::query("insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value")
            .bind(name)
            .bind(value)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

impl Office {
    /// A setting of the office.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("select value from setting where name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Sets a setting of the office.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn set(&self, name: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query("insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value")
            .bind(name)
            .bind(value)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
