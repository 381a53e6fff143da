//! The random source, always an argument.

/// A source of random bytes, fit for making secrets.
///
/// **Duty:** every byte is unpredictable to everyone but the process. A weak source gives away every credential
/// made from it; a source that fails costs one refused request of an administrator. So when in doubt, fail.
///
/// Closures implement it, which makes tests repeatable:
///
/// ```
/// use keyward::Entropy;
/// let mut counting = |bytes: &mut [u8]| { bytes.fill(7); Ok(()) };
/// let mut out = [0; 4];
/// counting.fill(&mut out)?;
/// assert_eq!(out, [7; 4]);
/// # Ok::<(), keyward::EntropyError>(())
/// ```
pub trait Entropy {
    /// Fills the whole of `bytes`.
    ///
    /// # Errors
    /// When the source cannot fill all of it. Nothing of a partial fill is used.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

impl<F: FnMut(&mut [u8]) -> Result<(), EntropyError>> Entropy for F {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        self(bytes)
    }
}

/// Why no random bytes could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntropyError {
    /// The source reported a failure.
    #[error("the random source failed; nothing was made, try again once the source works")]
    Failed,
    /// The source answers, but not with random bytes.
    #[error("the random source repeats itself; nothing was made, use the operating system's source")]
    Stuck,
}

/// The operating system's random source (feature `os-rng`, on by default).
#[cfg(feature = "os-rng")]
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

#[cfg(feature = "os-rng")]
impl Entropy for OsEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|_| EntropyError::Failed)
    }
}
