//! Strangers who join, and the invitations by which they may.

use relay::ports::{AdmitMembers, AdmitOutcome, ManageInvitations, PortError};
use relay::{ClientNetwork, Enrolment, EnrolmentId, Invitation, InvitationId, JoinLimits, Joining};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{micros, timestamp};
use super::{SqliteStore, enrolments};

/// The name in `joins` under which all networks are counted.
const ALL: &str = "";

/// What the writing thread is given of a [`Joining`].
struct Joins {
    enrolment: Enrolment,
    invitation: Option<InvitationId>,
    network: Option<ClientNetwork>,
    limits: JoinLimits,
    day: i64,
}

impl AdmitMembers for SqliteStore {
    async fn admit(&self, joining: &Joining<'_>) -> Result<AdmitOutcome, PortError> {
        let joins = Joins {
            enrolment: joining.enrolment.clone(),
            invitation: joining.invitation,
            network: joining.network,
            limits: joining.limits,
            day: joining.day(),
        };
        self.write(move |db| admit(db, &joins)).await
    }
}

fn admit(db: &Connection, joins: &Joins) -> rusqlite::Result<AdmitOutcome> {
    let Joins { limits, day, .. } = joins;
    if has_left(db, &joins.enrolment.id)? {
        return Ok(AdmitOutcome::Left);
    }
    if let Some(id) = &joins.invitation
        && !is_open(db, id, micros(joins.enrolment.created_at))?
    {
        return Ok(AdmitOutcome::InvitationOver);
    }
    let in_all: u32 = db
        .prepare_cached("SELECT enrolments FROM join_totals")?
        .query_row([], |row| row.get(0))?;
    if in_all >= limits.in_all {
        return Ok(AdmitOutcome::Full);
    }
    let network = joins.network.map(|network| network.to_string());
    let counts = [(Some(ALL), limits.a_day), (network.as_deref(), limits.of_network)];
    let counts = || counts.iter().filter_map(|(name, most)| Some(((*name)?, *most)));
    for (name, most) in counts() {
        if joined(db, *day, name)? >= most {
            return Ok(AdmitOutcome::TooMany);
        }
    }
    for (name, _) in counts() {
        db.prepare_cached(
            "INSERT INTO joins (day, network, count) VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET count = count + 1",
        )?
        .execute(params![day, name])?;
    }
    if let Some(id) = &joins.invitation {
        db.prepare_cached("UPDATE invitations SET used = used + 1 WHERE id = ?1")?
            .execute([id.as_bytes()])?;
    }
    enrolments::add(db, &joins.enrolment, joins.network)?;
    Ok(AdmitOutcome::Admitted)
}

fn has_left(db: &Connection, id: &EnrolmentId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM left_enrolments WHERE id = ?1")?
        .exists([id.as_bytes()])
}

fn is_open(db: &Connection, id: &InvitationId, now: i64) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM invitations WHERE id = ?1 AND used < uses AND expires_at > ?2")?
        .exists(params![id.as_bytes(), now])
}

/// How many joined on the day.
fn joined(db: &Connection, day: i64, network: &str) -> rusqlite::Result<u32> {
    let count = db
        .prepare_cached("SELECT count FROM joins WHERE day = ?1 AND network = ?2")?
        .query_row(params![day, network], |row| row.get(0))
        .optional()?;
    Ok(count.unwrap_or_default())
}

impl ManageInvitations for SqliteStore {
    async fn invite(&self, invitation: &Invitation) -> Result<(), PortError> {
        let new = *invitation;
        self.write(move |db| {
            db.prepare_cached(
                "INSERT INTO invitations (id, uses, used, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                new.id.as_bytes(),
                new.uses,
                new.used,
                micros(new.created_at),
                micros(new.expires_at)
            ])
        })
        .await
        .map(drop)
    }

    async fn invitations(&self) -> Result<Vec<Invitation>, PortError> {
        self.read(|db| {
            db.prepare_cached("SELECT id, uses, used, created_at, expires_at FROM invitations ORDER BY created_at, id")?
                .query_map([], invitation)?
                .collect()
        })
        .await
    }

    async fn withdraw(&self, id: &InvitationId) -> Result<bool, PortError> {
        let id = *id;
        self.write(move |db| {
            let removed = db
                .prepare_cached("DELETE FROM invitations WHERE id = ?1")?
                .execute([id.as_bytes()])?;
            Ok(removed > 0)
        })
        .await
    }
}

fn invitation(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    Ok(Invitation {
        id: InvitationId::from_bytes(row.get(0)?),
        uses: row.get(1)?,
        used: row.get(2)?,
        created_at: timestamp(row, 3)?,
        expires_at: timestamp(row, 4)?,
    })
}
