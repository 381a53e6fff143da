//! One read per request.

use keyward::{Account, ApiUser, KeyId, Lookup, Subject, Timestamp};
use tokio_postgres::Row;

use crate::{error::PostgresError, store::PostgresStore};

/// One statement, so one snapshot and one round trip, without a transaction around it.
const FIND: &str = "SELECT k.tombstone, k.revoked_at, k.account, k.user_id, a.record, u.record
     FROM keys k
     LEFT JOIN users u ON u.account = k.account AND u.id = k.user_id
     LEFT JOIN accounts a ON a.id = k.account
     WHERE k.key_id = $1";

impl Lookup for PostgresStore {
    type Error = PostgresError;

    async fn find(&self, key: KeyId) -> Result<Option<Subject>, PostgresError> {
        let row = self.read(async |client| {
            let find = client.prepare_cached(FIND).await?;
            Ok(client.query_opt(&find, &[&key.as_str()]).await?)
        });
        row.await?.map_or(Ok(None), |row| subject(&row, key))
    }
}

fn subject(row: &Row, key: KeyId) -> Result<Option<Subject>, PostgresError> {
    if row.try_get(0)? {
        return Ok(None);
    }
    let torn = || PostgresError::TornKey(key);
    let record = |column| row.try_get::<_, Option<&[u8]>>(column)?.ok_or_else(torn);
    let text = |column| row.try_get::<_, &str>(column);
    let account = Account::decode(record(4)?)?;
    let user = ApiUser::decode(record(5)?)?;
    if account.id().as_str() != text(2)? || user.id().as_str() != text(3)? {
        return Err(torn());
    }
    let revoked_at = row.try_get::<_, Option<i64>>(1)?.map(Timestamp::from_unix);
    let subject = Subject::new(account.into(), user.into(), key).ok_or_else(torn)?;
    Ok(Some(subject.revoked(revoked_at)))
}
