//! What a credential may prove itself with.

use core::fmt;

/// The schemes that a credential may use, as a set.
///
/// A hashed credential has [`PLAIN`](Self::PLAIN) alone. A sealed one has what it was issued with; a scheme outside the
/// set is refused like a wrong secret.
///
/// ```
/// use keyward::Schemes;
/// let both = Schemes::PLAIN.and(Schemes::SIGV4);
/// assert!(both.contains(Schemes::SIGV4) && !both.contains(Schemes::RFC9421));
/// assert_eq!(both.to_string(), "plain, sigv4");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Schemes(u8);

impl Schemes {
    /// The secret itself, as Bearer, Basic and the like carry it.
    pub const PLAIN: Self = Self(1);
    /// Signatures of the SigV4 family, Escher among them.
    pub const SIGV4: Self = Self(2);
    /// HTTP message signatures (RFC 9421) with hmac-sha256.
    pub const RFC9421: Self = Self(4);

    const NAMES: [(Self, &str); 3] =
        [(Self::PLAIN, "plain"), (Self::SIGV4, "sigv4"), (Self::RFC9421, "rfc9421")];

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in it.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// `None` for no scheme and for schemes that are not known.
    pub(crate) const fn from_bits(bits: u8) -> Option<Self> {
        if bits == 0 || bits > 7 { None } else { Some(Self(bits)) }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Schemes {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Schemes {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let bits = serde::Deserialize::deserialize(from)?;
        Self::from_bits(bits).ok_or(serde::de::Error::custom("no set of known schemes"))
    }
}

impl fmt::Display for Schemes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = Self::NAMES.iter().filter(|(scheme, _)| self.contains(*scheme)).map(|(_, name)| name);
        f.write_str(names.next().unwrap_or(&"none"))?;
        names.try_for_each(|name| write!(f, ", {name}"))
    }
}

impl fmt::Debug for Schemes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schemes({self})")
    }
}
