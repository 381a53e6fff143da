//! What one task of an instance saw of one credential.

/// Microseconds since the Unix epoch. All processes are on one machine and read one clock.
pub type Micros = u64;

/// What a gate said of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Yes,
    No,
}

/// When something was asked, and when it was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    pub asked: Micros,
    pub answered: Micros,
}

/// A run of equal answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub said: Said,
    pub first: Call,
    pub last: Call,
    pub count: u64,
}

/// The answers of one task in their order. Whole runs are kept, and of each its ends: a credential changes its state
/// once, so a few runs say all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track(Vec<Run>);

impl Track {
    pub fn note(&mut self, said: Said, call: Call) {
        match self.0.last_mut() {
            Some(run) if run.said == said => {
                run.last = call;
                run.count += 1;
            }
            _ => self.0.push(Run { said, first: call, last: call, count: 1 }),
        }
    }

    pub fn runs(&self) -> &[Run] {
        &self.0
    }

    /// `y:COUNT:ASKED:ANSWERED:ASKED:ANSWERED n:...`, the first and the last of each run, as an instance prints it.
    pub fn to_text(&self) -> String {
        let run = |run: &Run| {
            let said = if run.said == Said::Yes { 'y' } else { 'n' };
            let Run { first, last, count, .. } = run;
            format!("{said}:{count}:{}:{}:{}:{}", first.asked, first.answered, last.asked, last.answered)
        };
        self.0.iter().map(run).collect::<Vec<_>>().join(" ")
    }

    pub fn from_text<'a>(words: impl Iterator<Item = &'a str>) -> Option<Self> {
        let run = |word: &str| {
            let mut parts = word.split(':');
            let said = match parts.next()? {
                "y" => Said::Yes,
                "n" => Said::No,
                _ => return None,
            };
            let mut number = || parts.next()?.parse().ok();
            let count = number()?;
            let mut call = || Some(Call { asked: number()?, answered: number()? });
            Some(Run { said, first: call()?, last: call()?, count })
        };
        words.map(run).collect::<Option<_>>().map(Self)
    }
}
