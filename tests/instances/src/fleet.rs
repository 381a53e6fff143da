//! The processes.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    io::{BufRead, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crate::{
    track::Track,
    wire::{Answer, Order, Setting},
};

type Failed = Box<dyn Error + Send + Sync>;

/// Instances that run, ended when this is dropped.
pub struct Fleet(Vec<Instance>);

struct Instance {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What all tasks of all instances saw: by credential, and faults by kind.
#[derive(Default)]
pub struct Seen {
    pub tracks: HashMap<u32, Vec<Track>>,
    pub faults: BTreeMap<String, u64>,
}

impl Fleet {
    /// Starts so many, and waits until they verify.
    ///
    /// # Errors
    /// One does not start.
    pub fn start(program: &Path, setting: &Setting, count: usize) -> Result<Self, Failed> {
        let mut fleet = Self(Vec::new());
        for _ in 0..count {
            let mut command = Command::new(program);
            command.args(setting.to_arguments()).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = command.spawn()?;
            let (orders, answers) = (child.stdin.take(), child.stdout.take());
            let (Some(orders), Some(answers)) = (orders, answers) else { return Err("no pipes".into()) };
            fleet.0.push(Instance { child, orders, answers: BufReader::new(answers) });
        }
        for instance in &mut fleet.0 {
            let answer = instance.answer()?;
            if answer != Answer::Ready {
                return Err("an instance is not ready".into());
            }
        }
        Ok(fleet)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says it to all.
    ///
    /// # Errors
    /// One has ended.
    pub fn order(&mut self, order: &Order) -> Result<(), Failed> {
        (0..self.0.len()).try_for_each(|place| self.order_one(place, order))
    }

    /// Says it to one.
    ///
    /// # Errors
    /// It has ended, or there is none.
    pub fn order_one(&mut self, place: usize, order: &Order) -> Result<(), Failed> {
        let instance = self.0.get_mut(place).ok_or("no such instance")?;
        Ok(writeln!(instance.orders, "{}", order.to_line())?)
    }

    /// Ends all of them and gathers what they saw.
    ///
    /// # Errors
    /// One has ended before.
    pub fn end(mut self) -> Result<Seen, Failed> {
        self.order(&Order::End)?;
        let mut seen = Seen::default();
        for instance in &mut self.0 {
            loop {
                match instance.answer()? {
                    Answer::Saw(id, track) => seen.tracks.entry(id).or_default().push(track),
                    Answer::Faults(count, kind) => *seen.faults.entry(kind).or_default() += count,
                    Answer::Done => break,
                    Answer::Ready => return Err("an instance is ready twice".into()),
                }
            }
        }
        Ok(seen)
    }
}

impl Instance {
    fn answer(&mut self) -> Result<Answer, Failed> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("an instance has ended by itself; what it said before it did is above".into());
        }
        Answer::from_line(line.trim_end()).ok_or_else(|| "an instance said something unknown".into())
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for instance in &mut self.0 {
            let _ = instance.child.kill();
            let _ = instance.child.wait();
        }
    }
}
