//! The parts of what is signed, each with the forms that it has when a mistake is made; and which of them, alone or two
//! at once, explains a signature.

use alloc::{boxed::Box, vec::Vec};

use zeroize::Zeroizing;

use super::cause::{Difference, How};

/// Combinations that are tried for one signature. A request of the usual kind has about sixty forms, which
/// make some 1,500 pairs.
const MAX_TRIALS: usize = 8 * 1024;

/// Bytes that are hashed for one diagnosis: a tenth of a second without hardware for SHA-2.
const MAX_WORK: usize = 16 * 1024 * 1024;

/// What each trial costs besides the bytes of its parts: deriving the key, and the string to sign.
const TRIAL: usize = 1024;

/// One form of a part. A form that two mistakes make at once names both.
pub(super) struct Form {
    /// The secret is one of the parts, so all are wiped.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) how: Option<How>,
    also: Option<How>,
    /// Which header or component the first of them is about.
    part: Option<Box<str>>,
}

impl Form {
    pub(super) fn differences(&self) -> impl Iterator<Item = Difference> {
        let named = self.how.map(|how| Difference::of(how, self.part.as_deref()));
        named.into_iter().chain(self.also.map(Difference::new))
    }
}

/// A part: as it should be, and its other forms.
pub(super) struct Part {
    pub(super) right: Form,
    others: Vec<Form>,
}

impl Part {
    pub(super) fn new(right: impl Into<Vec<u8>>) -> Self {
        let right = Form { bytes: Zeroizing::new(right.into()), how: None, also: None, part: None };
        Self { right, others: Vec::new() }
    }

    /// A form that differs from those before it; another one says nothing.
    pub(super) fn add(&mut self, how: How, bytes: impl Into<Vec<u8>>) {
        self.push(Form { bytes: Zeroizing::new(bytes.into()), how: Some(how), also: None, part: None });
    }

    pub(super) fn add_two(&mut self, how: How, also: How, bytes: impl Into<Vec<u8>>) {
        self.push(Form { bytes: Zeroizing::new(bytes.into()), how: Some(how), also: Some(also), part: None });
    }

    /// With the header or component that it is about.
    pub(super) fn add_of(&mut self, how: How, part: &str, also: Option<How>, bytes: impl Into<Vec<u8>>) {
        let part = Some(Box::from(part));
        self.push(Form { bytes: Zeroizing::new(bytes.into()), how: Some(how), also, part });
    }

    fn push(&mut self, form: Form) {
        let known = |other: &Form| other.bytes == form.bytes;
        // What is used in another way is another form, though its bytes are the same.
        let used_otherwise = matches!(form.how, Some(How::NoPrefix | How::NotDerived | How::LineLeft));
        if used_otherwise || !(known(&self.right) || self.others.iter().any(known)) {
            self.others.push(form);
        }
    }

    /// The form that has these bytes.
    pub(super) fn explain(&self, bytes: &[u8]) -> Option<&Form> {
        self.others.iter().find(|form| *form.bytes == bytes)
    }

    fn single(&self) -> impl Iterator<Item = &Form> {
        self.others.iter().filter(|form| form.also.is_none())
    }

    fn double(&self) -> impl Iterator<Item = &Form> {
        self.others.iter().filter(|form| form.also.is_some())
    }
}

/// What a search came to.
pub(super) enum Found {
    /// Nothing has to be changed.
    Right,
    /// With these mistakes it is what was signed.
    Mistakes(Vec<Difference>),
    Nothing,
    /// Before everything was tried.
    Stopped,
}

/// Tries the parts as they should be, then every mistake alone, then two at once.
pub(super) fn search(parts: &[Part], fits: impl Fn(&[&Form]) -> bool) -> Found {
    let mut trials = Trials {
        chosen: parts.iter().map(|part| &part.right).collect(),
        left: MAX_TRIALS,
        work: MAX_WORK,
        fits,
    };
    if trials.fit() == Some(true) {
        return Found::Right;
    }
    trials.alone(parts).or_else(|| trials.pairs(parts)).unwrap_or(Found::Nothing)
}

struct Trials<'p, F> {
    chosen: Vec<&'p Form>,
    left: usize,
    work: usize,
    fits: F,
}

impl<'p, F: Fn(&[&Form]) -> bool> Trials<'p, F> {
    /// `None`: no more trials.
    fn fit(&mut self) -> Option<bool> {
        let cost = self.chosen.iter().map(|form| form.bytes.len()).sum::<usize>() + TRIAL;
        self.left = self.left.checked_sub(1)?;
        self.work = self.work.checked_sub(cost)?;
        Some((self.fits)(&self.chosen))
    }

    fn set(&mut self, at: usize, form: &'p Form) {
        self.chosen.get_mut(at).into_iter().for_each(|slot| *slot = form);
    }

    fn outcome(&mut self) -> Option<Found> {
        match self.fit() {
            None => Some(Found::Stopped),
            Some(false) => None,
            Some(true) => {
                Some(Found::Mistakes(self.chosen.iter().flat_map(|form| form.differences()).collect()))
            }
        }
    }

    fn alone(&mut self, parts: &'p [Part]) -> Option<Found> {
        for (at, part) in parts.iter().enumerate() {
            for form in part.single() {
                self.set(at, form);
                if let Some(found) = self.outcome() {
                    return Some(found);
                }
            }
            self.set(at, &part.right);
        }
        None
    }

    fn pairs(&mut self, parts: &'p [Part]) -> Option<Found> {
        for (at, part) in parts.iter().enumerate() {
            for form in part.double() {
                self.set(at, form);
                if let Some(found) = self.outcome() {
                    return Some(found);
                }
            }
            for form in part.single() {
                self.set(at, form);
                if let Some(found) = self.second(parts, at) {
                    return Some(found);
                }
            }
            self.set(at, &part.right);
        }
        None
    }

    /// One more mistake, in a later part.
    fn second(&mut self, parts: &'p [Part], first: usize) -> Option<Found> {
        for (at, part) in parts.iter().enumerate().skip(first + 1) {
            for form in part.single() {
                self.set(at, form);
                if let Some(found) = self.outcome() {
                    return Some(found);
                }
            }
            self.set(at, &part.right);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn part(count: usize) -> Part {
        let mut part = Part::new("right");
        (0..count).for_each(|n| part.add(How::QuerySent, format!("{n}")));
        part
    }

    #[test]
    fn one_mistake_is_found_before_two_and_a_form_that_differs_not_at_all_is_none() {
        let mut parts = [part(3), part(3)];
        parts[0].add(How::QueryRaw, "right");
        parts[0].add(How::QueryRaw, "1");
        assert_eq!(parts[0].others.len(), 3);
        let of = |wanted: [&'static str; 2]| {
            move |chosen: &[&Form]| {
                chosen.iter().zip(wanted).all(|(form, text)| *form.bytes == text.as_bytes())
            }
        };
        assert!(matches!(search(&parts, of(["right", "right"])), Found::Right));
        assert!(matches!(search(&parts, of(["right", "2"])), Found::Mistakes(found) if found.len() == 1));
        assert!(matches!(search(&parts, of(["0", "2"])), Found::Mistakes(found) if found.len() == 2));
        assert!(matches!(search(&parts, of(["0", "other"])), Found::Nothing));
    }

    #[test]
    fn a_search_ends_whatever_is_asked_of_it() {
        let count = core::cell::Cell::new(0);
        let never = |_: &[&Form]| {
            count.set(count.get() + 1);
            false
        };
        assert!(matches!(search(&[part(200), part(200)], never), Found::Stopped));
        assert_eq!(count.get(), MAX_TRIALS);
        let mut large = part(50);
        large.right.bytes = Zeroizing::new(alloc::vec![0; MAX_WORK / 4]);
        count.set(0);
        assert!(matches!(search(&[large, part(50)], never), Found::Stopped));
        assert!(count.get() < 200);
    }
}
