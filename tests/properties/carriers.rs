//! The ways in which a pair is sent, written from the published grammar and not by the crate's own code.

use base64::{Engine, engine::general_purpose::STANDARD};
use keyward::Revealed;
use proptest::{prelude::*, sample::Index};

/// A minted pair, cut into the parts of the grammar.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    vendor: String,
    id: String,
    /// 43 random characters and 6 of checksum.
    pub(crate) tail: Vec<u8>,
}

impl Pair {
    pub(crate) fn of(revealed: &Revealed) -> Self {
        let key = revealed.key_id();
        let (vendor, id) = key.as_str().split_at(key.as_str().len() - 16);
        let secret = revealed.secret().expose();
        let tail = secret.as_bytes()[secret.len() - 49..].to_vec();
        let vendor = vendor.strip_suffix("k_").expect("the mark of a key id").to_owned();
        Self { vendor, id: id.to_owned(), tail }
    }

    pub(crate) fn key(&self) -> Vec<u8> {
        format!("{}k_{}", self.vendor, self.id).into_bytes()
    }

    pub(crate) fn secret(&self) -> Vec<u8> {
        [format!("{}s1_", self.vendor).as_bytes(), &self.tail].concat()
    }

    pub(crate) fn token(&self) -> Vec<u8> {
        [format!("{}t1_{}_", self.vendor, self.id).as_bytes(), &self.tail].concat()
    }

    /// With the checksum that belongs to its other characters.
    pub(crate) fn with_right_checksum(mut self) -> Self {
        let secret = self.secret();
        let sum = checksum(&secret[..secret.len() - 6]);
        self.tail.splice(43.., sum);
        self
    }
}

/// CRC-32 of zip and PNG, bit by bit, as six base62 digits.
fn checksum(text: &[u8]) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut crc = u32::MAX;
    for byte in text {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut rest = !crc;
    let mut out = [0; 6];
    for slot in out.iter_mut().rev() {
        (*slot, rest) = (DIGITS[(rest % 62) as usize], rest / 62);
    }
    out
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    BearerToken,
    ApiKeyToken,
    BearerPair,
    ApiKeyPair,
    Basic,
    TwoHeaders,
}

impl Carrier {
    pub(crate) const ALL: [Self; 6] = [
        Self::BearerToken,
        Self::ApiKeyToken,
        Self::BearerPair,
        Self::ApiKeyPair,
        Self::Basic,
        Self::TwoHeaders,
    ];

    /// The header lines that carry this pair.
    pub(crate) fn lines(self, pair: &Pair) -> Vec<(String, Vec<u8>)> {
        self.carry(&pair.key(), &pair.secret(), &pair.token())
    }

    /// The header lines that carry these texts, whatever they are.
    pub(crate) fn carry(self, key: &[u8], secret: &[u8], token: &[u8]) -> Vec<(String, Vec<u8>)> {
        let joined = [key, b":", secret].concat();
        let authorization = |scheme: &str, text: &[u8]| {
            vec![("Authorization".to_owned(), [scheme.as_bytes(), text].concat())]
        };
        match self {
            Self::BearerToken => authorization("Bearer ", token),
            Self::ApiKeyToken => authorization("ApiKey ", token),
            Self::BearerPair => authorization("Bearer ", &joined),
            Self::ApiKeyPair => authorization("ApiKey ", &joined),
            Self::Basic => authorization("Basic ", STANDARD.encode(joined).as_bytes()),
            Self::TwoHeaders => {
                vec![("X-Api-Key".to_owned(), key.to_vec()), ("X-Api-Secret".to_owned(), secret.to_vec())]
            }
        }
    }
}

pub(crate) fn carrier() -> impl Strategy<Value = Carrier> {
    prop::sample::select(&Carrier::ALL[..])
}

/// Those in which key and secret stand apart.
pub(crate) fn pair_carrier() -> impl Strategy<Value = Carrier> {
    prop::sample::select(&Carrier::ALL[2..])
}

/// What happens to a text on its way.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    Nothing,
    Cut(Index),
    Behead(Index),
    Extend(Vec<u8>),
    Set(Index, u8),
}

impl Edit {
    pub(crate) fn apply(&self, text: &mut Vec<u8>) {
        match self {
            Self::Nothing => {}
            Self::Cut(at) => text.truncate(at.index(text.len() + 1)),
            Self::Behead(at) => drop(text.drain(..at.index(text.len() + 1))),
            Self::Extend(more) => text.extend_from_slice(more),
            Self::Set(at, byte) => {
                let at = at.index(text.len().max(1));
                text.splice(at..text.len().min(at + 1), [*byte]);
            }
        }
    }
}

pub(crate) fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        Just(Edit::Nothing),
        any::<Index>().prop_map(Edit::Cut),
        any::<Index>().prop_map(Edit::Behead),
        prop::collection::vec(any::<u8>(), 1..80).prop_map(Edit::Extend),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
    ]
}
