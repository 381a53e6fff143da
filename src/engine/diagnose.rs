//! Why a signature does not match, by the sealed secret. For the back office: it decides nothing and leaves no trace.

use super::prove::Means;
use crate::{
    body::Payload, decision::Fault, request::RequestHead, signature::Diagnosis, subject::Subject,
    time::Timestamp,
};

/// The secret is had back only where it can tell something: for the key that the request names. No derived key is
/// kept, for nothing was proven.
pub(super) fn diagnose(
    means: Means<'_>,
    head: RequestHead<'_>,
    body: Payload<'_>,
    subject: &Subject,
    now: Timestamp,
) -> Result<Diagnosis, Fault> {
    let read = means.verifier.diagnose_with(head, body, now, None);
    let Some(key_id) = read.key_id() else { return Ok(read) };
    if key_id != subject.key_id() {
        return Err(Fault::WrongSubject);
    }
    let Some(sealed) = subject.credential().at_rest().sealed() else { return Ok(read.unsealed()) };
    let secret = sealed.open(means.keys, subject.owner())?;
    Ok(means.verifier.diagnose_with(head, body, now, Some(&secret)))
}
