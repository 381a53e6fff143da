//! What the driver and an instance say to each other: a line each, over the instance's own input and output.

use std::time::Duration;

use crate::track::Track;

/// A credential, by the number that the driver has given it. For tests alone: it is as good as its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    pub id: u32,
    pub key: String,
    pub secret: String,
}

/// What the driver says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Ask about this credential too.
    Probe(Probe),
    /// Ask about it more often: it is about to end.
    Watch(u32),
    /// Ask about it no more.
    Forget(u32),
    /// Follow the store's changes, or stop.
    Feed(bool),
    /// The time of day is off by this many seconds.
    Shift(i64),
    /// Send the store so many look-ups at once, past the cache.
    Burst(u32),
    /// Say what was seen, and end.
    End,
}

/// What an instance says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It verifies.
    Ready,
    /// What one of its tasks saw of a credential.
    Saw(u32, Track),
    /// Faults of a kind, and how many.
    Faults(u64, String),
    /// Everything is said.
    Done,
}

impl Order {
    pub fn to_line(&self) -> String {
        match self {
            Self::Probe(Probe { id, key, secret }) => format!("probe {id} {key} {secret}"),
            Self::Watch(id) => format!("watch {id}"),
            Self::Forget(id) => format!("forget {id}"),
            Self::Feed(on) => format!("feed {on}"),
            Self::Shift(seconds) => format!("shift {seconds}"),
            Self::Burst(calls) => format!("burst {calls}"),
            Self::End => String::from("end"),
        }
    }

    pub fn from_line(line: &str) -> Option<Self> {
        let words: Vec<_> = line.split_whitespace().collect();
        Some(match *words.as_slice() {
            ["probe", id, key, secret] => {
                Self::Probe(Probe { id: id.parse().ok()?, key: key.into(), secret: secret.into() })
            }
            ["watch", id] => Self::Watch(id.parse().ok()?),
            ["forget", id] => Self::Forget(id.parse().ok()?),
            ["feed", on] => Self::Feed(on.parse().ok()?),
            ["shift", seconds] => Self::Shift(seconds.parse().ok()?),
            ["burst", calls] => Self::Burst(calls.parse().ok()?),
            ["end"] => Self::End,
            _ => return None,
        })
    }
}

impl Answer {
    pub fn to_line(&self) -> String {
        match self {
            Self::Ready => String::from("ready"),
            Self::Saw(id, track) => format!("saw {id} {}", track.to_text()),
            Self::Faults(count, kind) => format!("faults {count} {kind}"),
            Self::Done => String::from("done"),
        }
    }

    pub fn from_line(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        Some(match word {
            "ready" => Self::Ready,
            "saw" => {
                let mut words = rest.split(' ');
                Self::Saw(words.next()?.parse().ok()?, Track::from_text(words)?)
            }
            "faults" => {
                let (count, kind) = rest.split_once(' ')?;
                Self::Faults(count.parse().ok()?, kind.into())
            }
            "done" => Self::Done,
            _ => return None,
        })
    }
}

/// What an instance is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub server: String,
    pub schema: String,
    /// The cache's.
    pub bound: Duration,
}

impl Setting {
    pub fn to_arguments(&self) -> [String; 3] {
        [self.server.clone(), self.schema.clone(), self.bound.as_millis().to_string()]
    }

    pub fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let (server, schema) = (arguments.next()?, arguments.next()?);
        let bound = Duration::from_millis(arguments.next()?.parse().ok()?);
        arguments.next().is_none().then_some(Self { server, schema, bound })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::{Call, Said};

    #[test]
    fn what_is_said_is_understood() {
        let probe = Probe { id: 7, key: "kwk_x".into(), secret: "kws1_y".into() };
        let orders = [
            Order::Probe(probe),
            Order::Watch(7),
            Order::Forget(7),
            Order::Feed(true),
            Order::Shift(-3600),
            Order::Burst(64),
            Order::End,
        ];
        for order in orders {
            assert_eq!(Order::from_line(&order.to_line()), Some(order));
        }
        let mut track = Track::default();
        track.note(Said::Yes, Call { asked: 5, answered: 6 });
        for answer in
            [Answer::Ready, Answer::Saw(7, track), Answer::Faults(3, "all were busy".into()), Answer::Done]
        {
            assert_eq!(Answer::from_line(&answer.to_line()), Some(answer));
        }
        let setting =
            Setting { server: "host=/tmp user=x".into(), schema: "s".into(), bound: Duration::from_secs(1) };
        assert_eq!(Setting::from_arguments(setting.to_arguments().into_iter()), Some(setting));
        assert_eq!((Order::from_line("probe 1"), Answer::from_line("saw x")), (None, None));
    }
}
