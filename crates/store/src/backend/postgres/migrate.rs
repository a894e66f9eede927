//! Both databases' schema and what each door's role may do.

use sqlx::{Any, AnyConnection, AssertSqlSafe, Connection as _, Executor as _, Transaction};

use super::pool::connect;
use super::{INTAKE_ACT, Server, columns, doors_have_roles, is_there, made_meanwhile};
use crate::StoreError;
use crate::backend::Zone;

/// Makes or brings up to date both databases, which the administrator made, empty, with their roles.
pub(crate) async fn migrate(server: &Server) -> Result<(), StoreError> {
    for zone in [Zone::Intake, Zone::Office] {
        let mut connection = connect(server, zone).await?;
        make_version(&mut connection, zone).await?;
        for (number, step) in (1i64..).zip(zone.steps()) {
            let mut tx = connection.begin_with(INTAKE_ACT).await?;
            let done = hold_version(&mut tx, zone).await?;
            if done < number {
                tx.execute(AssertSqlSafe(columns(step))).await?;
                sqlx::query("update schema_version set version = $1 where zone = $2")
                    .bind(number)
                    .bind(zone.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
        }
        let granted = doors_have_roles(&mut connection).await?;
        let mut tx = connection.begin_with(INTAKE_ACT).await?;
        zone.check(hold_version(&mut tx, zone).await?)?;
        if granted {
            tx.execute(grants(zone)).await?;
        }
        tx.commit().await?;
        connection.close().await?;
    }
    Ok(())
}

/// How far a zone has come. Its row is locked by being written, for another process may be migrating at this
/// moment, and two can't grant at once.
async fn hold_version(tx: &mut Transaction<'_, Any>, zone: Zone) -> Result<i64, StoreError> {
    let text = "update schema_version set version = version where zone = $1 returning version";
    Ok(sqlx::query_scalar(text).bind(zone.as_str()).fetch_one(&mut **tx).await?)
}

/// What each door's role may do. An installation whose doors have the worker's own role has none of them.
const fn grants(zone: Zone) -> &'static str {
    match zone {
        Zone::Intake => include_str!("../../../migrations/roles/intake.sql"),
        Zone::Office => include_str!("../../../migrations/roles/office.sql"),
    }
}

/// Makes the table that says how far a zone has come, and the zone's row in it.
async fn make_version(connection: &mut AnyConnection, zone: Zone) -> Result<(), StoreError> {
    let table =
        "create table schema_version (zone text collate \"C\" not null primary key, version bigint not null)";
    if !is_there(connection, "schema_version").await?
        && let Err(error) = connection.execute(table).await
        && !made_meanwhile(&error)
    {
        return Err(error.into());
    }
    sqlx::query("insert into schema_version (zone, version) values ($1, 0) on conflict do nothing")
        .bind(zone.as_str())
        .execute(connection)
        .await?;
    Ok(())
}
