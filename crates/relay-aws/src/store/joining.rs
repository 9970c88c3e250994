//! Strangers who join, and the invitations by which they may.
//!
//! Each of these is an item of its own in the table, under a key that no enrolment has:
//!
//! | key | what | attributes |
//! |---|---|---|
//! | `invitation/ID` | an invitation | `uses`; `used`; `last`: by which enrolment; `made`, `until`, `gone` |
//! | `joins/DAY` and `joins/DAY/NETWORK` | how many joined on a day | `count`, `gone` |
//! | `joins` | how many enrolments accounts have made themselves | `count`; `counted`: when it was counted anew |
//! | `left/ID` | that such an enrolment has gone | `gone` |
//!
//! Every change is one conditional update. Before an enrolment is made its place is taken in each of them: what is cut
//! off makes no enrolment too many. A stranger who tries again with the same enrolment uses an invitation once.
//!
//! DynamoDB deletes an enrolment that no mail reached without a word, so `joins` may say too many. So where it says
//! that there is no room, it is counted anew, once an hour at most.

use jiff::{SignedDuration, Timestamp};
use relay::ports::{AdmitMembers, AdmitOutcome, ManageInvitations, PortError};
use relay::{EnrolmentId, Invitation, InvitationId, JoinLimits, Joining};
use serde_json::json;

use super::AwsStore;
use super::item::{ENROLMENT, GONE, Item, JOINED};
use super::manage::NOT_NEW;
use super::update::Outcome;
use super::values::{self, Map, Members};

const MEMBERS: &str = "joins";
const INVITATION: &str = "invitation/";
const COUNT: &str = "count";
const COUNTED: &str = "counted";
const USES: &str = "uses";
const USED: &str = "used";
const LAST: &str = "last";
const MADE: &str = "made";
const UNTIL: &str = "until";
/// How long it is at least until the members are counted anew.
const COUNTED_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// How long the counts of a day are kept after it.
const COUNTS_KEPT: SignedDuration = SignedDuration::from_hours(48);

/// What became of the use of an invitation.
enum Use {
    /// It is taken.
    Now,
    /// The same enrolment has taken it before.
    Before,
    /// There is none.
    Over,
}

impl AdmitMembers for AwsStore {
    async fn admit(&self, joining: &Joining<'_>) -> Result<AdmitOutcome, PortError> {
        let (id, now) = (joining.enrolment.id, joining.enrolment.created_at);
        if self.item_of_key(key_of_left(&id)).await?.is_some() {
            return Ok(AdmitOutcome::Left);
        }
        let used = match &joining.invitation {
            None => None,
            Some(invitation) => match self.use_invitation(invitation, id, now).await? {
                Use::Now => Some(key_of(invitation)),
                Use::Before => None,
                Use::Over => return Ok(AdmitOutcome::InvitationOver),
            },
        };
        let mut counted = Vec::new();
        let outcome = self.take_places(joining, &mut counted).await?;
        if outcome != AdmitOutcome::Admitted {
            for key in counted {
                self.give_back(key, COUNT).await;
            }
            if let Some(key) = used {
                self.give_back(key, USED).await;
            }
            return Ok(outcome);
        }
        if self.put(&Item::of(joining.enrolment, joining.network)).await? {
            return Ok(AdmitOutcome::Admitted);
        }
        // The same call came twice, and the other was quicker. Both used the invitation as one.
        for key in counted {
            self.give_back(key, COUNT).await;
        }
        Err(PortError::contended(NOT_NEW))
    }
}

impl AwsStore {
    /// Takes one use of an invitation. The enrolment that used it last uses it once.
    async fn use_invitation(&self, id: &InvitationId, by: EnrolmentId, now: Timestamp) -> Result<Use, PortError> {
        let mut update = self.update_of_key(key_of(id));
        let (used, uses) = (update.path(&[USED]), update.path(&[USES]));
        update.only_if(format!("{used} < {uses}"));
        let (until, now) = (update.path(&[UNTIL]), update.value(values::time(now)));
        update.only_if(format!("{until} > {now}"));
        let (last, by_now) = (update.path(&[LAST]), update.value(values::bytes(by.as_bytes())));
        update.only_if(format!("(attribute_not_exists({last}) OR {last} <> {by_now})"));
        update.add(USED, 1);
        update.set(&[LAST], values::bytes(by.as_bytes()));
        Ok(match update.send().await? {
            Outcome::Done => Use::Now,
            Outcome::Refused(invitation) => match invitation.and_then(|item| item.member_bytes(LAST)) {
                Some(last) if last == *by.as_bytes() => Use::Before,
                _ => Use::Over,
            },
        })
    }

    /// Counts the enrolment wherever it has to be counted; `counted` has the keys of where it was.
    async fn take_places(&self, joining: &Joining<'_>, counted: &mut Vec<String>) -> Result<AdmitOutcome, PortError> {
        let JoinLimits {
            in_all,
            a_day,
            of_network,
        } = joining.limits;
        let day = joining.day();
        let gone = joining.tomorrow().saturating_add(COUNTS_KEPT).unwrap_or(Timestamp::MAX);
        let network = joining
            .network
            .map(|network| (format!("joins/{day}/{network}"), of_network));
        let of_day = [network, Some((format!("joins/{day}"), a_day))];
        for (key, most) in of_day.into_iter().flatten() {
            if !self.count(&key, most, Some(gone)).await? {
                return Ok(AdmitOutcome::TooMany);
            }
            counted.push(key);
        }
        let now = joining.enrolment.created_at;
        let has_room = self.count(MEMBERS, in_all, None).await?
            || (self.count_anew(in_all, now).await? && self.count(MEMBERS, in_all, None).await?);
        if !has_room {
            return Ok(AdmitOutcome::Full);
        }
        counted.push(MEMBERS.to_owned());
        Ok(AdmitOutcome::Admitted)
    }

    /// Counts one more, if that are not too many then.
    async fn count(&self, key: &str, most: u32, gone: Option<Timestamp>) -> Result<bool, PortError> {
        if most == 0 {
            return Ok(false);
        }
        let mut update = self.update_of_key(key.to_owned());
        let (count, most) = (update.path(&[COUNT]), update.value(values::number(most.into())));
        update.only_if(format!("(attribute_not_exists({count}) OR {count} < {most})"));
        update.add(COUNT, 1);
        if let Some(gone) = gone {
            update.set(&[GONE], values::seconds(gone));
        }
        Ok(matches!(update.send().await?, Outcome::Done))
    }

    /// Remembers the id of an enrolment that goes.
    pub(super) async fn remember_left(&self, id: &EnrolmentId, until: Timestamp) -> Result<(), PortError> {
        let mut update = self.update_of_key(key_of_left(id));
        let gone = update.path(&[GONE]);
        update.only_if(format!("attribute_not_exists({gone})"));
        update.set(&[GONE], values::seconds(until));
        // Where it is refused, it is remembered already.
        update.send().await.map(drop)
    }

    /// Counts a member who has left.
    pub(super) async fn count_one_less(&self) {
        self.give_back(MEMBERS.to_owned(), COUNT).await;
    }

    /// Counts one less. If that fails, there is room for one less until it is counted anew or the day is over.
    async fn give_back(&self, key: String, name: &str) {
        let mut update = self.update_of_key(key);
        let (count, nought) = (update.path(&[name]), update.value(values::number(0)));
        update.only_if(format!("{count} > {nought}"));
        update.add(name, -1);
        if let Err(error) = update.send().await {
            tracing::warn!(%error, "a place that nobody has taken is counted");
        }
    }

    /// Counts the members themselves, if that was not done for some time; whether there is room then.
    async fn count_anew(&self, most: u32, now: Timestamp) -> Result<bool, PortError> {
        let before = now.saturating_sub(COUNTED_AFTER).unwrap_or(Timestamp::MIN);
        let mut update = self.update_of_key(MEMBERS.to_owned());
        let (counted, before) = (update.path(&[COUNTED]), update.value(values::time(before)));
        update.only_if(format!("(attribute_not_exists({counted}) OR {counted} < {before})"));
        update.set(&[COUNTED], values::time(now));
        if matches!(update.send().await?, Outcome::Refused(_)) {
            return Ok(false);
        }
        let members = self.members(most).await?;
        let mut update = self.update_of_key(MEMBERS.to_owned());
        update.only_if_equal(&[COUNTED], values::time(now));
        update.set(&[COUNT], values::number(members.into()));
        update.send().await?;
        Ok(members < most)
    }

    /// How many members there are; no more than `most` are counted.
    async fn members(&self, most: u32) -> Result<u32, PortError> {
        let mut members = 0_u32;
        let scan = json!({
            "Select": "COUNT",
            "FilterExpression": "attribute_exists(#joined)",
            "ExpressionAttributeNames": { "#joined": JOINED },
        });
        self.scan(scan, |page| {
            members = members.saturating_add(page.count).min(most);
            Ok(members < most)
        })
        .await?;
        Ok(members)
    }
}

fn key_of_left(id: &EnrolmentId) -> String {
    format!("left/{id}")
}

fn key_of(invitation: &InvitationId) -> String {
    format!("{INVITATION}{invitation}")
}

impl ManageInvitations for AwsStore {
    async fn invite(&self, invitation: &Invitation) -> Result<(), PortError> {
        let item = [
            (ENROLMENT, values::text(key_of(&invitation.id))),
            (USES, values::number(invitation.uses.into())),
            (USED, values::number(invitation.used.into())),
            (MADE, values::time(invitation.created_at)),
            (UNTIL, values::time(invitation.expires_at)),
            (GONE, values::seconds(invitation.expires_at)),
        ];
        let item: Map = item.map(|(name, value)| (name.to_owned(), value)).into();
        self.put(&item).await?.then_some(()).ok_or(PortError::broken(NOT_NEW))
    }

    async fn invitations(&self) -> Result<Vec<Invitation>, PortError> {
        let mut invitations = Vec::new();
        let scan = json!({
            "ConsistentRead": true,
            "FilterExpression": "begins_with(#key, :invitation)",
            "ExpressionAttributeNames": { "#key": ENROLMENT },
            "ExpressionAttributeValues": { ":invitation": values::text(INVITATION) },
        });
        self.scan(scan, |page| {
            invitations.extend(page.items.iter().filter_map(invitation));
            Ok(true)
        })
        .await?;
        invitations.sort_by_key(|invitation| (invitation.created_at, invitation.id));
        Ok(invitations)
    }

    async fn withdraw(&self, id: &InvitationId) -> Result<bool, PortError> {
        Ok(self.delete(key_of(id)).await?.is_some())
    }
}

fn invitation(item: &Map) -> Option<Invitation> {
    Some(Invitation {
        id: InvitationId::parse(item.text(ENROLMENT)?.strip_prefix(INVITATION)?)?,
        uses: item.number(USES)?,
        used: item.number(USED)?,
        created_at: item.time(MADE)?,
        expires_at: item.time(UNTIL)?,
    })
}
