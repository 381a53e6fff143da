//! What one thread of an instance saw of one credential.

/// Microseconds since the Unix epoch. All processes are on one machine and read one clock.
pub type Micros = u64;

/// What a gate said of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Yes,
    No,
}

/// A run of equal answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub said: Said,
    /// When its first and its last question were asked.
    pub first: Micros,
    pub last: Micros,
    pub count: u64,
}

/// The answers of one thread in their order. Whole runs are kept, and of each its ends: a credential changes its state
/// once, so a few runs say all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track(Vec<Run>);

impl Track {
    pub fn note(&mut self, said: Said, asked: Micros) {
        match self.0.last_mut() {
            Some(run) if run.said == said => {
                run.last = asked;
                run.count += 1;
            }
            _ => self.0.push(Run { said, first: asked, last: asked, count: 1 }),
        }
    }

    pub fn runs(&self) -> &[Run] {
        &self.0
    }

    /// `y:FIRST:LAST:COUNT n:...`, as an instance prints it.
    pub fn to_text(&self) -> String {
        let run = |run: &Run| {
            let said = if run.said == Said::Yes { 'y' } else { 'n' };
            format!("{said}:{}:{}:{}", run.first, run.last, run.count)
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
            Some(Run { said, first: number()?, last: number()?, count: number()? })
        };
        words.map(run).collect::<Option<_>>().map(Self)
    }
}
