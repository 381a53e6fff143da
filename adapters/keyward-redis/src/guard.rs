//! The guard.

use std::{fmt, time::Duration};

use keyward::{Claim, ReplayGuard, ReplayKey, Timestamp};
use redis::{Client, Script, aio::MultiplexedConnection};
use tokio::time::{Instant, timeout, timeout_at};

use crate::{claim, error::RedisReplayError, link::Link};

/// How long a claim waits in all, unless said.
const PATIENCE: Duration = Duration::from_secs(2);
/// The least and the most that may be said.
const MIN_PATIENCE: Duration = Duration::from_millis(10);
const MAX_PATIENCE: Duration = Duration::from_secs(30);
/// Open claims of one key, unless said.
const PER_KEY: usize = 62_500;
/// What keys in Redis begin with, unless said.
const PREFIX: &str = "keyward";
/// Bytes of what they may begin with.
const MAX_PREFIX: usize = 64;

/// Remembers signed requests in Redis, for all instances of a service.
///
/// A claim is one script: whether the request was claimed, whether the claim may have been forgotten, whether the key has
/// its share, and `SET NX PX`. It is sent once and never again: where the answer is lost, the claim may be stored and the
/// caller gets an error, and the request's sender signs anew.
///
/// **Room.** Where memory is full, a claim is an error (`noeviction`), and nothing is thrown away. One key has 62,500 open
/// claims unless [`per_key`](RedisReplayOptions::per_key) says otherwise; what it claims beyond is [`Claim::OverQuota`].
///
/// **Time.** `now` comes with each claim, and Redis' clock only measures how long a claim stays: to its end and 30 to 45
/// seconds beyond, by so much may the clocks of two instances differ. What Redis has thrown away leaves a trace, so that a
/// claim that may be among it is an error, whichever clock was set back.
///
/// **A server that has lost everything** (restarted without a log, flushed, replaced by an empty one) is noticed: requests
/// dated earlier than 931 seconds after the first claim, the widest window of 901 and 30 more, are errors. The first claim's
/// `now` counts, so this holds while clocks of instances differ by no more than 30 seconds; what was claimed by a clock that
/// was further ahead may be sent once more. A new server looks the same;
/// [`danger_begin_empty`](Self::danger_begin_empty) spares it the wait. A server that has lost *some* claims is not noticed:
/// see the README for logs and failover.
///
/// ```no_run
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// use keyward_redis::RedisReplay;
/// let guard = RedisReplay::connect("redis://127.0.0.1/").await?;
/// // let gate = Gate::new(engine, store).with_replay(guard);
/// # drop(guard);
/// # Ok(()) }
/// ```
pub struct RedisReplay {
    link: Link,
    script: Script,
    prefix: String,
    per_key: usize,
    patience: Duration,
}

/// How a [`RedisReplay`] is connected.
#[derive(Clone, Debug)]
pub struct RedisReplayOptions {
    prefix: String,
    per_key: usize,
    patience: Duration,
}

impl Default for RedisReplayOptions {
    fn default() -> Self {
        Self { prefix: PREFIX.to_owned(), per_key: PER_KEY, patience: PATIENCE }
    }
}

impl RedisReplayOptions {
    /// Keys that begin with `{keyward}:`, 62,500 open claims of a key, two seconds of waiting.
    pub fn new() -> Self {
        Self::default()
    }

    /// What keys in Redis begin with, in braces: 1 to 64 letters, digits, `-`, `_`, `.` and `:`. Services that share a
    /// server have one each; instances of one service have the same.
    #[must_use]
    pub fn prefix(self, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..self }
    }

    /// Open claims that one key may have; 1 at the least. An open claim takes some 200 bytes.
    #[must_use]
    pub fn per_key(self, claims: usize) -> Self {
        Self { per_key: claims.max(1), ..self }
    }

    /// How long a claim waits in all: for a connection, for the look at its server, for the answer. 10 ms to 30 s, else
    /// the nearest of the two.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience: patience.clamp(MIN_PATIENCE, MAX_PATIENCE), ..self }
    }

    /// Connects and looks at the server: its policy and its role. The URL is of the form
    /// `redis://user:password@host:port/db`, or `redis+unix:///path`; for `rediss`, enable the feature
    /// `tokio-rustls-comp` of the crate `redis`.
    ///
    /// # Errors
    /// [`RedisReplayError`]: no URL, nobody there, a server that evicts or copies another, a prefix that is none.
    pub async fn connect(&self, url: &str) -> Result<RedisReplay, RedisReplayError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if self.prefix.is_empty() || self.prefix.len() > MAX_PREFIX || !self.prefix.bytes().all(plain) {
            return Err(RedisReplayError::Prefix);
        }
        let guard = RedisReplay {
            link: Link::new(Client::open(url)?, self.patience),
            script: Script::new(claim::SCRIPT),
            prefix: self.prefix.clone(),
            per_key: self.per_key,
            patience: self.patience,
        };
        timeout(self.patience, guard.link.lend()).await.unwrap_or(Err(RedisReplayError::Slow))?;
        Ok(guard)
    }
}

impl RedisReplay {
    /// Connects with the [defaults](RedisReplayOptions::new).
    ///
    /// # Errors
    /// As [`RedisReplayOptions::connect`].
    pub async fn connect(url: &str) -> Result<Self, RedisReplayError> {
        RedisReplayOptions::new().connect(url).await
    }

    /// Says of a server without any claims that it is new, so that requests are claimed at once and not only those dated
    /// 931 seconds after the first claim. Where the server knows anything, nothing changes.
    ///
    /// **Danger:** on a server that has lost its claims, every request whose window is open can be sent once more. Call it
    /// where a server is set up, never where a service starts.
    ///
    /// # Errors
    /// [`RedisReplayError`]: no answer.
    pub async fn danger_begin_empty(&self) -> Result<(), RedisReplayError> {
        let mut mark = redis::cmd("HSETNX");
        mark.arg(claim::state(&self.prefix)).arg("since").arg(claim::FIRST);
        self.ask(async |mut connection: MultiplexedConnection| mark.query_async(&mut connection).await).await
    }

    /// Asks once, within the patience, and gives a connection up that failed or did not answer.
    async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(MultiplexedConnection) -> redis::RedisResult<T>,
    ) -> Result<T, RedisReplayError> {
        let until = Instant::now() + self.patience;
        let lent = timeout_at(until, self.link.lend()).await.unwrap_or(Err(RedisReplayError::Slow))?;
        let failed = match timeout_at(until, question(lent.connection)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if error.code() == Some("OOM") => return Err(RedisReplayError::Full),
            Ok(Err(error)) => error.into(),
            Err(_) => RedisReplayError::Slow,
        };
        self.link.give_up(lent.number);
        Err(failed)
    }
}

impl ReplayGuard for RedisReplay {
    type Error = RedisReplayError;

    async fn claim(&self, key: &ReplayKey, now: Timestamp) -> Result<Claim, RedisReplayError> {
        if key.expires_at() < now {
            return Err(RedisReplayError::Ended);
        }
        let call = claim::call(&self.script, &self.prefix, key, now, self.per_key);
        let answer: String = self
            .ask(async |mut connection: MultiplexedConnection| call.invoke_async(&mut connection).await)
            .await?;
        match answer.as_str() {
            "fresh" => Ok(Claim::Fresh),
            "replayed" => Ok(Claim::Replayed),
            "over" => Ok(Claim::OverQuota),
            "forgotten" => Err(RedisReplayError::Forgotten),
            other => {
                let since = other.strip_prefix("before ").and_then(|since| since.parse().ok());
                let since = since.ok_or(RedisReplayError::Unexpected)?;
                Err(RedisReplayError::BeforeStart(Timestamp::from_unix(since)))
            }
        }
    }
}

/// Without the URL: it may hold a password.
impl fmt::Debug for RedisReplay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisReplay")
            .field("prefix", &self.prefix)
            .field("per_key", &self.per_key)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}
