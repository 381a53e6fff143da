//! Where a run gets its time, its randomness and its requests from.

use std::path::PathBuf;

use keyward::{Entropy, EntropyError, OsEntropy, Timestamp};

use crate::Result;

/// How this run gets its time, its randomness and its requests.
pub(crate) struct Setting {
    pub(crate) now: Timestamp,
    fixed: bool,
    pub(crate) folder: PathBuf,
}

impl Setting {
    pub(crate) fn from_args() -> Result<Self> {
        let mut folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/requests");
        let mut fixed = false;
        for argument in std::env::args().skip(1) {
            match argument.as_str() {
                "--fixed" => fixed = true,
                option if option.starts_with('-') => {
                    return Err("unknown option; write --fixed, a folder, or both".into());
                }
                path => folder = path.into(),
            }
        }
        #[allow(clippy::disallowed_methods, reason = "a program, not the library: its clock is the system's")]
        let clock = std::time::SystemTime::now();
        let now = if fixed { Timestamp::from_unix(1_795_348_800) } else { clock.into() };
        Ok(Self { now, fixed, folder })
    }

    /// The operating system's source, or for `--fixed` a counter through a mixing function: fit for nothing else.
    pub(crate) fn entropy(&self) -> impl Entropy + use<> {
        let fixed = self.fixed;
        let mut state = 0u64;
        move |bytes: &mut [u8]| -> std::result::Result<(), EntropyError> {
            if !fixed {
                return OsEntropy.fill(bytes);
            }
            for byte in bytes {
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15); // splitmix64
                let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                *byte = (mixed >> 40).to_le_bytes()[0];
            }
            Ok(())
        }
    }
}
