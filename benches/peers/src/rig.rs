//! Rows that are measured in turn, so that what disturbs the machine disturbs all of them.
//!
//! ```text
//! pass ×11:  round ×21:  one batch of row 1, one of row 2, …      median of a row's batches = the pass's figure
//! ```
//!
//! A row's figure is the least of its passes' figures: the quietest one. Its spread is the greatest over the least. What
//! differs from process to process (where things lie in memory) only shows over several processes: scripts/peers.sh gives
//! each pass one of its own.

use std::{hint::black_box, time::Instant};

/// How often everything is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) passes: usize,
    pub(crate) rounds: usize,
    /// What a batch should take, in nanoseconds: far above the clock's own cost, and short beside what others on the
    /// machine do.
    pub(crate) batch: f64,
}

/// What a row came to.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) name: String,
    /// Of the quietest pass.
    pub(crate) least: f64,
    /// Of the slowest.
    pub(crate) most: f64,
    pub(crate) unit: String,
}

struct Row<'a> {
    name: String,
    /// Runs so many operations and says how many nanoseconds they took.
    batch: Box<dyn FnMut(usize) -> f64 + 'a>,
    size: usize,
    medians: Vec<f64>,
}

#[derive(Default)]
pub(crate) struct Rig<'a>(Vec<Row<'a>>);

impl<'a> Rig<'a> {
    /// An operation that can be repeated at once.
    pub(crate) fn row<T>(&mut self, name: impl Into<String>, mut work: impl FnMut() -> T + 'a) {
        self.timed(name, move |count| {
            let start = Instant::now();
            for _ in 0..count {
                black_box(work());
            }
            nanoseconds(start)
        });
    }

    /// Whatever runs so many operations and says how many nanoseconds they took.
    pub(crate) fn timed(&mut self, name: impl Into<String>, batch: impl FnMut(usize) -> f64 + 'a) {
        self.0.push(Row { name: name.into(), batch: Box::new(batch), size: 0, medians: Vec::new() });
    }

    /// Nanoseconds an operation, row by row.
    pub(crate) fn measure(mut self, effort: Effort) -> Vec<Figure> {
        for row in &mut self.0 {
            row.calibrate(effort.batch);
        }
        for _ in 0..effort.passes {
            let mut batches = vec![Vec::with_capacity(effort.rounds); self.0.len()];
            for _ in 0..effort.rounds {
                for (row, batches) in self.0.iter_mut().zip(&mut batches) {
                    batches.push((row.batch)(row.size) / row.size as f64);
                }
            }
            for (row, batches) in self.0.iter_mut().zip(&mut batches) {
                row.medians.push(median(batches));
            }
        }
        self.0.into_iter().map(Row::figure).collect()
    }
}

impl Row<'_> {
    /// Doubles the batch until it is long enough to tell what one operation takes; that also warms it up.
    fn calibrate(&mut self, batch: f64) {
        let mut count = 1;
        loop {
            let took = (self.batch)(count);
            if took > batch / 4.0 {
                self.size = ((count as f64 * batch / took) as usize).max(1);
                return;
            }
            count *= 2;
        }
    }

    fn figure(self) -> Figure {
        let least = self.medians.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.medians.iter().copied().fold(0.0, f64::max);
        Figure { name: self.name, least, most, unit: "ns".into() }
    }
}

pub(crate) fn nanoseconds(start: Instant) -> f64 {
    start.elapsed().as_nanos() as f64
}

fn median(batches: &mut [f64]) -> f64 {
    batches.sort_by(f64::total_cmp);
    batches[batches.len() / 2]
}
