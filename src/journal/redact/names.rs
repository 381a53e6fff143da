//! Which fields are secret by their name.
//!
//! A name is folded (ASCII letters to lower case; `-`, `_`, `.` and spaces left out) and searched for words. All words
//! are searched for at once, one look-up per byte, in a table that is made with the redactor (Aho and Corasick's).

use alloc::{collections::VecDeque, vec, vec::Vec};

/// What makes a name secret, folded.
const WORDS: [&str; 10] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "apikey",
    "signature",
    "credential",
    "authorization",
    "cookie",
];

/// Words that an application may add, and bytes of each: some thousand states at most.
const MAX_WORDS: usize = 64;
const MAX_WORD: usize = 64;
/// A shorter one would be a part of half of all names.
const MIN_WORD: usize = 3;

/// Classes of bytes: those that no word has, those that are left out, then one for each byte of a word.
const OTHER: u8 = 0;
const LEFT_OUT: u8 = 1;
const FIRST_OWN: u8 = 2;

/// A text that cannot be added to the names of secret fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidField {
    /// Too short or too long.
    #[error("unfit field name; write 3 to 64 bytes beside `-`, `_`, `.` and spaces, for example `pin_code`")]
    Length,
    /// More names than are searched for.
    #[error("too many field names; mask at most 64 beside the built-in ones")]
    TooMany,
}

/// The words, and the table that finds them.
pub(super) struct Names {
    added: Vec<Vec<u8>>,
    classes: [u8; 256],
    table: Table,
}

/// What has been seen of a name or a text: where a row of the table starts.
#[derive(Clone, Copy, Default)]
pub(super) struct State(usize);

/// Rows of one state per class.
struct Table {
    rows: Vec<usize>,
    /// From here on, rows in which a word has just ended.
    ended: usize,
}

impl Names {
    /// The built-in words.
    pub(super) fn new() -> Self {
        Self::of(Vec::new())
    }

    /// With one more.
    pub(super) fn with(self, name: &str) -> Result<Self, InvalidField> {
        let word: Vec<u8> = name.bytes().filter(|byte| !left_out(*byte)).map(lower).collect();
        if !(MIN_WORD..=MAX_WORD).contains(&word.len()) {
            return Err(InvalidField::Length);
        }
        let mut added = self.added;
        if added.len() >= MAX_WORDS {
            return Err(InvalidField::TooMany);
        }
        added.push(word);
        Ok(Self::of(added))
    }

    fn of(added: Vec<Vec<u8>>) -> Self {
        let words = || WORDS.iter().map(|word| word.as_bytes()).chain(added.iter().map(Vec::as_slice));
        let mut own = [OTHER; 256];
        let mut width = FIRST_OWN;
        for byte in words().flatten() {
            if let Some(class) = own.get_mut(usize::from(*byte)).filter(|class| **class == OTHER) {
                *class = width;
                width = width.saturating_add(1);
            }
        }
        let classes = core::array::from_fn(|at| match u8::try_from(at) {
            Ok(byte) if left_out(byte) => LEFT_OUT,
            Ok(byte) => class_of(&own, lower(byte)),
            Err(_) => OTHER,
        });
        let table = Trie::of(words(), &classes, usize::from(width)).table();
        Self { added, classes, table }
    }

    /// Whether a name, as it is once it is decoded, says that its field is secret.
    pub(super) fn hold(&self, name: &[u8]) -> bool {
        let mut state = State::default();
        name.iter().any(|byte| self.step(&mut state, *byte))
    }

    /// Goes on by one byte, and says whether a word ends with it.
    #[inline]
    pub(super) fn step(&self, state: &mut State, byte: u8) -> bool {
        let class = class_of(&self.classes, byte);
        // Nothing but one look-up stands between a byte and the next.
        state.0 = self.table.rows.get(state.0 + usize::from(class)).copied().unwrap_or_default();
        state.0 >= self.table.ended && class != LEFT_OUT
    }
}

fn left_out(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b'.' | b' ')
}

fn lower(byte: u8) -> u8 {
    byte.to_ascii_lowercase()
}

#[inline]
fn class_of(classes: &[u8; 256], byte: u8) -> u8 {
    classes.get(usize::from(byte)).copied().unwrap_or(OTHER)
}

/// Words that begin alike share their rows.
struct Trie {
    width: usize,
    rows: Vec<usize>,
    /// By row, whether a word ends there.
    ends: Vec<bool>,
}

impl Trie {
    fn of<'w>(words: impl Iterator<Item = &'w [u8]>, classes: &[u8; 256], width: usize) -> Self {
        let mut trie = Self { width, rows: vec![0; width], ends: vec![false] };
        for word in words {
            let end = word.iter().fold(0, |from, byte| trie.child(from, class_of(classes, *byte)));
            trie.end(end);
        }
        trie.connect();
        trie
    }

    fn get(&self, from: usize, class: usize) -> usize {
        self.rows.get(from + class).copied().unwrap_or_default()
    }

    fn set(&mut self, from: usize, class: usize, to: usize) {
        if let Some(slot) = self.rows.get_mut(from + class) {
            *slot = to;
        }
    }

    fn ends(&self, row: usize) -> bool {
        self.ends.get(row / self.width).is_some_and(|ends| *ends)
    }

    fn end(&mut self, row: usize) {
        if let Some(ends) = self.ends.get_mut(row / self.width) {
            *ends = true;
        }
    }

    /// The row behind one more byte, made where there is none.
    fn child(&mut self, from: usize, class: u8) -> usize {
        let (known, made) = (self.get(from, class.into()), self.rows.len());
        if known != 0 {
            return known;
        }
        self.rows.resize(made + self.width, 0);
        self.ends.push(false);
        self.set(from, class.into(), made);
        made
    }

    /// Where no word goes on from a row, the longest end of what led there goes on in its place. What is left out leads
    /// nowhere.
    fn connect(&mut self) {
        let first = (0..self.width).map(|class| (self.get(0, class), 0)).filter(|(from, _)| *from != 0);
        let mut queue: VecDeque<(usize, usize)> = first.collect();
        while let Some((from, shorter)) = queue.pop_front() {
            // A word that ends within another ends there too.
            if self.ends(shorter) {
                self.end(from);
            }
            for class in 0..self.width {
                let (own, other) = (self.get(from, class), self.get(shorter, class));
                match own {
                    _ if class == usize::from(LEFT_OUT) => self.set(from, class, from),
                    0 => self.set(from, class, other),
                    own => queue.push_back((own, other)),
                }
            }
        }
    }

    /// With the rows in which a word has ended behind all others.
    fn table(self) -> Table {
        let rows = || (0..self.ends.len()).map(|row| row * self.width);
        let order: Vec<usize> =
            rows().filter(|row| !self.ends(*row)).chain(rows().filter(|row| self.ends(*row))).collect();
        let mut moved = vec![0; self.ends.len()];
        for (place, row) in order.iter().enumerate() {
            if let Some(slot) = moved.get_mut(row / self.width) {
                *slot = place * self.width;
            }
        }
        let to = |row: &usize| moved.get(row / self.width).copied().unwrap_or_default();
        let states = |row: &usize| self.rows.get(*row..*row + self.width).unwrap_or_default();
        Table {
            rows: order.iter().flat_map(states).map(to).collect(),
            ended: self.ends.iter().filter(|ends| !**ends).count() * self.width,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_secret_if_folded_it_holds_a_word() {
        let names = Names::new();
        for name in [
            "password",
            "PassWord",
            "pass-word",
            "p.a.s.s_w o-r-d",
            "user[password]",
            "shared_secret",
            "API-Key",
            "x-api-key",
            "tokens",
            "passpasswd",
            "ppwd",
            "Set-Cookie",
            "X-Amz-Signature",
            "credentials",
            "proxy-authorization",
            "papikey",
            "secrpassword",
            "api key id",
        ] {
            assert!(names.hold(name.as_bytes()), "{name}");
        }
        for name in [
            "",
            "pass",
            "word",
            "passw0rd",
            "key",
            "api",
            "sign",
            "author",
            "cook ie!".trim_end_matches("ie!"),
            "toke",
            "mail",
        ] {
            assert!(!names.hold(name.as_bytes()), "{name}");
        }
    }

    /// Against a search that folds and looks for each word.
    #[test]
    fn the_table_finds_what_a_search_for_each_word_finds() {
        let names = ["pin", "Geheim-Nr.", "tok", "nsec"]
            .iter()
            .fold(Names::new(), |names, name| names.with(name).unwrap());
        let words: Vec<&str> = WORDS.into_iter().chain(["pin", "geheimnr", "tok", "nsec"]).collect();
        let pieces = [
            "p", "pass", "s", "tok", "en", "sec", "ret", "coo", "kie", "-", "g", "eheimnr", "api", "key",
            "K", "w", "d",
        ];
        for at in 0..pieces.len().pow(4) {
            let name: alloc::string::String =
                (0..4).map(|digit| pieces[at / pieces.len().pow(digit) % pieces.len()]).collect();
            let folded = name.to_lowercase().replace('-', "");
            assert_eq!(names.hold(name.as_bytes()), words.iter().any(|word| folded.contains(word)), "{name}");
        }
    }

    #[test]
    fn added_words_are_bounded() {
        let refused = |name: &str| Names::new().with(name).err();
        assert_eq!(refused("p-_ .n"), Some(InvalidField::Length));
        assert_eq!(refused(&"a".repeat(65)), Some(InvalidField::Length));
        assert_eq!(refused(&"a-".repeat(64)), None);
        let full = (0..64).fold(Names::new(), |names, at| names.with(&alloc::format!("word{at}")).unwrap());
        assert!(full.hold(b"my Word63"));
        assert_eq!(full.with("one more").err(), Some(InvalidField::TooMany));
    }
}
