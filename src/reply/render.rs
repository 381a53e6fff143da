//! How denials and faults are written for callers.

use super::whole::Reply;
use crate::{
    access::Catalogue,
    decision::{Denial, Fault},
};

/// How denials and faults are written for callers.
///
/// Whoever implements it writes of a denial what its [public face](crate::PublicFace) has, and nothing else: what differs
/// before proof tells strangers which keys exist.
pub trait Render {
    /// The answer to a refused request. The catalogue is the one that decided; what it says of a method (for example
    /// what to use in its place) stands in headers.
    fn denial(&self, denial: &Denial, catalogue: &Catalogue) -> Reply;

    /// The answer to a request that could not be decided: 503, the same for every fault.
    fn fault(&self, fault: &Fault) -> Reply;
}
