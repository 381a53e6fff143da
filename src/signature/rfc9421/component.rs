//! What a signature covers: components and their identifiers (RFC 9421 §2).

use crate::signature::{
    flaw::Flaw,
    structured::{Bare, Reader, Unread, in_name},
};

/// Components of one signature. The RFC's own fullest example has eight; each costs a walk over the header lines.
const MAX_COMPONENTS: usize = 32;

/// A component that is covered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Component<'r> {
    /// As it is named, lower case.
    pub(crate) name: &'r [u8],
    pub(crate) kind: Kind<'r>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'r> {
    Method,
    TargetUri,
    Authority,
    Scheme,
    RequestTarget,
    Path,
    Query,
    /// By its name, encoded as RFC 9421 §2.2.8 says.
    QueryParam(&'r [u8]),
    Field,
    /// `;sf`: in canonical form.
    Structured,
    /// `;key`: one member of a dictionary.
    Member(&'r [u8]),
    /// `;bs`: every line in base64.
    Lines,
    /// `;tr`: from the trailers, which nothing here has.
    Trailer,
}

impl<'r> Component<'r> {
    /// The next item of an inner list; of one that was read before, names need not be looked at again.
    fn read(reader: &mut Reader<'r>, again: bool) -> Result<Self, Flaw> {
        let start = *reader;
        // Nearly always, and in a third of the steps: no byte of a name is one that a string escapes.
        if let Some(name) = reader.quoted() {
            let known = again && name.first().is_some_and(|byte| *byte != b'@');
            if let Ok(kind) = if known { Ok(Kind::Field) } else { plain(name) } {
                return Ok(Self { name, kind });
            }
        }
        *reader = start;
        let name = reader.text()?;
        if reader.peek() != Some(b';') {
            return Ok(Self { name, kind: plain(name)? });
        }
        let mut given = Parameters::default();
        while let Some((key, value)) = reader.parameter()? {
            given.add(key, value)?;
        }
        Ok(Self { name, kind: given.kind(name)? })
    }

    /// A component without parameters.
    pub(crate) fn named(name: &'r str) -> Result<Self, Flaw> {
        let name = name.as_bytes();
        Ok(Self { name, kind: plain(name)? })
    }

    /// Whether it stands for the whole of what it names: parameters change the value, so a requirement is not met by one
    /// that has any.
    pub(crate) fn plain(&self) -> bool {
        matches!(
            self.kind,
            Kind::Method
                | Kind::TargetUri
                | Kind::Authority
                | Kind::Scheme
                | Kind::RequestTarget
                | Kind::Path
                | Kind::Query
                | Kind::Field
        )
    }
}

/// The parameters that a component may have (RFC 9421 §6.5.2). `req` is not among them: it is for responses.
#[derive(Default)]
struct Parameters<'r> {
    structured: bool,
    lines: bool,
    trailer: bool,
    key: Option<&'r [u8]>,
    name: Option<&'r [u8]>,
}

impl<'r> Parameters<'r> {
    fn add(&mut self, key: &[u8], value: Bare<'r>) -> Result<(), Flaw> {
        let twice = match (key, value) {
            (b"sf", Bare::Flag(true)) => core::mem::replace(&mut self.structured, true),
            (b"bs", Bare::Flag(true)) => core::mem::replace(&mut self.lines, true),
            (b"tr", Bare::Flag(true)) => core::mem::replace(&mut self.trailer, true),
            (b"key", Bare::Text(member)) => self.key.replace(member).is_some(),
            (b"name", Bare::Text(name)) => self.name.replace(name).is_some(),
            // §2.5: a parameter that is not understood makes the signature unverifiable.
            _ => return Err(Flaw::Header),
        };
        if twice { Err(Flaw::Twice) } else { Ok(()) }
    }

    #[inline]
    fn kind(&self, name: &[u8]) -> Result<Kind<'r>, Flaw> {
        let field = (self.structured, self.lines, self.trailer, self.key);
        match (name, self.name, field) {
            (b"@query-param", Some(name), (false, false, false, None)) => Ok(Kind::QueryParam(name)),
            ([b'@', ..], None, (false, false, false, None)) => derived(name),
            ([b'@', ..] | [], ..) | (_, Some(_), _) => Err(Flaw::Header),
            _ if !name.iter().all(|byte| in_name(*byte)) => Err(Flaw::Header),
            // §2.1: `bs` excludes the others.
            (.., (true, true, ..) | (_, true, _, Some(_))) => Err(Flaw::Header),
            (.., (_, _, true, _)) => Ok(Kind::Trailer),
            (.., (_, _, _, Some(member))) => Ok(Kind::Member(member)),
            (.., (true, ..)) => Ok(Kind::Structured),
            (.., (_, true, ..)) => Ok(Kind::Lines),
            _ => Ok(Kind::Field),
        }
    }
}

/// Without parameters.
fn plain<'r>(name: &[u8]) -> Result<Kind<'r>, Flaw> {
    match name {
        [b'@', ..] => derived(name),
        [_, ..] if name.iter().fold(true, |all, byte| all & in_name(*byte)) => Ok(Kind::Field),
        _ => Err(Flaw::Header),
    }
}

/// §2.2. `@status` is for responses, and `@signature-params` is never covered (§2.3).
fn derived<'r>(name: &[u8]) -> Result<Kind<'r>, Flaw> {
    Ok(match name {
        b"@method" => Kind::Method,
        b"@target-uri" => Kind::TargetUri,
        b"@authority" => Kind::Authority,
        b"@scheme" => Kind::Scheme,
        b"@request-target" => Kind::RequestTarget,
        b"@path" => Kind::Path,
        b"@query" => Kind::Query,
        _ => return Err(Flaw::Header),
    })
}

/// The components of an inner list, and the parameters behind it.
#[derive(Clone)]
pub(crate) struct Components<'r> {
    reader: Reader<'r>,
    first: bool,
    ended: bool,
    again: bool,
}

impl<'r> Components<'r> {
    /// From the `(` on.
    pub(crate) fn new(list: Reader<'r>) -> Result<Self, Flaw> {
        let mut reader = list;
        let all = reader.skip(b'(').then_some(Self { reader, first: true, ended: false, again: false });
        all.ok_or(Flaw::Header)
    }

    /// Of a list that was read to its end before.
    pub(crate) fn again(list: Reader<'r>) -> Result<Self, Flaw> {
        Self::new(list).map(|all| Self { again: true, ..all })
    }

    /// The next one with its identifier as it stands, or nothing behind the `)`.
    pub(crate) fn next(&mut self) -> Result<Option<(Component<'r>, &'r [u8])>, Flaw> {
        if self.ended || !self.reader.another(self.first)? {
            self.ended = true;
            return Ok(None);
        }
        self.first = false;
        let start = self.reader;
        let component = Component::read(&mut self.reader, self.again)?;
        Ok(Some((component, self.reader.since(&start))))
    }

    /// What stands behind the `)`, once all components are read.
    pub(crate) fn rest(&self) -> Reader<'r> {
        self.reader
    }
}

impl From<Unread> for Flaw {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Malformed => Self::Header,
            Unread::Twice => Self::Twice,
            Unread::TooMany => Self::TooMany,
        }
    }
}

/// The components of a list so far, none of them twice (§2).
pub(crate) struct Seen<'r> {
    list: Reader<'r>,
    prints: [u16; MAX_COMPONENTS],
    used: usize,
}

impl<'r> Seen<'r> {
    pub(crate) fn new(list: Reader<'r>) -> Self {
        Self { list, prints: [0; MAX_COMPONENTS], used: 0 }
    }

    pub(crate) fn add(&mut self, component: Component<'r>) -> Result<(), Flaw> {
        let print = component.print();
        let alike = self.prints.iter().take(self.used).any(|known| *known == print);
        if alike && self.holds(component)? {
            return Err(Flaw::Twice);
        }
        *self.prints.get_mut(self.used).ok_or(Flaw::TooMany)? = print;
        self.used += 1;
        Ok(())
    }

    /// Names that look alike are rare, or parts of one header: only then is the list read again.
    fn holds(&self, component: Component<'_>) -> Result<bool, Flaw> {
        let mut earlier = Components::new(self.list)?;
        for _ in 0..self.used {
            if earlier.next()?.is_some_and(|(known, _)| known == component) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Component<'_> {
    /// The same for equal components.
    fn print(&self) -> u16 {
        let byte = |at: usize| self.name.get(at).copied().unwrap_or_default();
        let length = self.name.len();
        u16::from_be_bytes([byte(length / 2) ^ byte(1), byte(length.saturating_sub(1))])
    }
}
