//! Measures HMAC-SHA-256 without `zeroize`, for a process that cannot have it built so.
//!
//! Reads lines `LENGTH COUNT`; answers each with the nanoseconds that COUNT hashes of LENGTH bytes took.
#![allow(clippy::disallowed_methods, reason = "a measurement reads a clock")]

use std::{
    hint::black_box,
    io::{self, BufRead, Write},
    time::Instant,
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

fn main() -> io::Result<()> {
    let keyed = Hmac::<Sha256>::new_from_slice(&[7; 32]).map_err(io::Error::other)?;
    let mut output = io::stdout();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut numbers = line.split(' ').map(str::parse::<usize>);
        let (Some(Ok(length)), Some(Ok(count))) = (numbers.next(), numbers.next()) else {
            return Err(io::Error::other("write a length and a count"));
        };
        let message = vec![b'a'; length];
        let start = Instant::now();
        for _ in 0..count {
            let mut hmac = black_box(&keyed).clone();
            hmac.update(black_box(&message));
            black_box(hmac.finalize().into_bytes());
        }
        writeln!(output, "{}", start.elapsed().as_nanos())?;
        output.flush()?;
    }
    Ok(())
}
