//! One connection that all claims share, opened anew where it broke.
//!
//! None is used before its server was looked at: behind one name there may be another server after a failover.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{AsyncConnectionConfig, Client, aio::MultiplexedConnection};

use crate::{error::RedisReplayError, server};

pub(crate) struct Link {
    client: Client,
    config: AsyncConnectionConfig,
    slot: Mutex<Slot>,
    /// Held while one is opened, and by nobody who finds one.
    opening: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Slot {
    connection: Option<MultiplexedConnection>,
    number: u64,
}

/// A connection, and which of them it is.
pub(crate) struct Lent {
    pub(crate) connection: MultiplexedConnection,
    pub(crate) number: u64,
}

impl Link {
    pub(crate) fn new(client: Client, patience: Duration) -> Self {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(patience))
            .set_response_timeout(Some(patience));
        Self { client, config, slot: Mutex::default(), opening: tokio::sync::Mutex::default() }
    }

    /// The connection, or a new one. One caller opens it and the others wait, each as long as its own patience lasts;
    /// where the one gives up, the next begins.
    pub(crate) async fn lend(&self) -> Result<Lent, RedisReplayError> {
        if let Some(lent) = self.held() {
            return Ok(lent);
        }
        let _opening = self.opening.lock().await;
        if let Some(lent) = self.held() {
            return Ok(lent);
        }
        let mut opened = self.client.get_multiplexed_async_connection_with_config(&self.config).await?;
        server::look_at(&mut opened).await?;
        let mut slot = self.slot();
        slot.number = slot.number.wrapping_add(1);
        slot.connection = Some(opened.clone());
        Ok(Lent { connection: opened, number: slot.number })
    }

    /// Gives a connection up that has failed, unless it was replaced.
    pub(crate) fn give_up(&self, number: u64) {
        let mut slot = self.slot();
        if slot.number == number {
            slot.connection = None;
        }
    }

    fn held(&self) -> Option<Lent> {
        let slot = self.slot();
        let connection = slot.connection.clone()?;
        Some(Lent { connection, number: slot.number })
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
