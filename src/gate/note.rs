//! What a gate tells of its decisions, to whoever counts or reads them.

#[cfg(target_has_atomic = "64")]
use alloc::sync::Arc;

#[cfg(target_has_atomic = "64")]
use crate::tally::Tally;
use crate::{access::Catalogue, decided::Decided};

/// Nobody, unless somebody asked.
#[derive(Default)]
pub(super) struct Notes {
    #[cfg(target_has_atomic = "64")]
    tally: Option<Arc<Tally>>,
}

impl Notes {
    #[cfg(target_has_atomic = "64")]
    pub(super) fn counting(tally: Arc<Tally>) -> Self {
        Self { tally: Some(tally) }
    }

    #[inline]
    pub(super) fn take(&self, decided: Decided<'_>, catalogue: &Catalogue) {
        #[cfg(target_has_atomic = "64")]
        if let Some(tally) = &self.tally {
            tally.count(decided);
        }
        #[cfg(feature = "tracing")]
        crate::trace::trace(decided, catalogue);
        let _ = (decided, catalogue); // where there is neither
    }
}
