//! Claims of signed requests, which all instances share and which outlive a restart.

use std::time::Duration;

use keyward::{Claim, ReplayGuard, ReplayKey, Timestamp};

use crate::{error::PostgresError, store::PostgresStore};

/// The room is divided among so many rows, each of which one claim at a time locks; the function `claim` knows it too.
const SHARDS: usize = 16;

/// One statement is the whole transaction, in one round trip.
const CLAIM: &str = "SELECT claim($1, $2, $3, $4, $5, $6, $7)";

/// A claim is one transaction and waits for the server's disk; claims of different requests wait for it together. Room is
/// taken back where somebody needs it; the latest end among what was thrown away is remembered in the table, and a
/// claim that ends no later is an error.
///
/// The room is divided among sixteen parts by the digest, so it says somewhat early that a key has its share or that
/// all is full: some hundredths before, with the room that it has unless said.
impl ReplayGuard for PostgresStore {
    type Error = PostgresError;

    async fn claim(&self, key: &ReplayKey, now: Timestamp) -> Result<Claim, PostgresError> {
        if key.expires_at() < now {
            return Err(PostgresError::ClaimEnded);
        }
        let (key_id, unlogged) = (key.key_id(), self.options.unlogged);
        let room = i64::try_from((self.options.claims / SHARDS).max(1)).unwrap_or(i64::MAX);
        let (sent, end) = (earliest(key), key.expires_at().unix());
        let row = self.read(async |client| {
            let claim = client.prepare_cached(CLAIM).await?;
            let (digest, key_id, now) = (key.digest().as_slice(), key_id.as_str(), now.unix());
            Ok(client.query_one(&claim, &[&digest, &key_id, &sent, &end, &now, &room, &unlogged]).await?)
        });
        match row.await?.try_get(0)? {
            "fresh" => Ok(Claim::Fresh),
            "replayed" => Ok(Claim::Replayed),
            "over quota" => Ok(Claim::OverQuota),
            "full" => Err(PostgresError::ClaimsFull),
            "forgotten" => Err(PostgresError::ClaimForgotten),
            "before" => Err(PostgresError::ClaimBeforeStart),
            _ => Err(PostgresError::ClaimsUnlogged),
        }
    }
}

/// The earliest moment at which the request may have been sent: a window reaches as far before its date as behind it.
fn earliest(key: &ReplayKey) -> i64 {
    let (date, end) = (key.requested_at(), key.expires_at());
    let window = end.unix().saturating_sub(date.unix()).max(0);
    date.minus(Duration::from_secs(window.unsigned_abs())).unix()
}
