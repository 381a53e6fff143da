//! Why there is no answer.

use keyward::Timestamp;

/// Why the guard could not answer. For a gate that is a fault, and nobody gets in. It holds no secret and no request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisReplayError {
    /// Redis' own error: it is down, it refuses the password, it has stopped writing.
    #[error("Redis could not do it; its own words are the source of this error")]
    Redis(#[from] redis::RedisError),
    /// No answer within [`patience`](crate::RedisReplayOptions::patience). The claim may be stored all the same; its
    /// sender signs anew.
    #[error("no answer from Redis in time; look at its load and at the network, or have more patience")]
    Slow,
    /// The server throws keys away where memory is short.
    #[error(
        "Redis evicts by {0:?}, and would let claimed requests in again; set maxmemory-policy to noeviction"
    )]
    Evicts(String),
    /// The server copies another one, so a claim would be written by nobody.
    #[error("Redis is a {0:?}; name the master")]
    NotMaster(String),
    /// The server does not say what it does where memory is short, or whom it copies.
    #[error("INFO of Redis has no {0}; let this user call INFO")]
    Unsaid(&'static str),
    /// All memory is taken, and nothing is thrown away for a claim.
    #[error("no memory left in Redis; raise maxmemory, or shorten the windows")]
    Full,
    /// The claim may have been thrown away already: a clock stood later than it does now.
    #[error("claim that may have been forgotten while a clock stood ahead; sign again")]
    Forgotten,
    /// The claim is asked for after its own end.
    #[error("claim after its end; ask within the request's window, at the moment it was checked by")]
    Ended,
    /// The server remembers nothing from before this moment: it is new, or it has lost its claims.
    #[error(
        "request dated before {0}, and Redis has no claims from before it; sign after that, or see danger_begin_empty if the server is new"
    )]
    BeforeStart(Timestamp),
    /// The prefix of the keys is not one.
    #[error("prefix that is empty, longer than 64 bytes, or not of letters, digits, `-`, `_`, `.` and `:`")]
    Prefix,
    /// The script answered something else than this release's does.
    #[error("answer of another script than this release's; look at who else writes under the prefix")]
    Unexpected,
}
