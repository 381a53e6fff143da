//! What was decided, for whatever counts it or writes it down.

use crate::{
    decision::{Denial, Fault},
    engine::{Admission, Admitted, Grant, Verdict},
};

/// A verdict, an admission or a fault, by reference: what [`Tally`](crate::Tally) counts and `trace` writes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Decided<'d> {
    /// A request, or one call of a batch, may go on.
    Allow(&'d Grant),
    /// The caller of a batch is proven.
    Admit(&'d Admitted),
    /// Refused.
    Deny(&'d Denial),
    /// Not decided.
    Fault(&'d Fault),
}

impl Decided<'_> {
    /// `allow`, `admit`, or the public code of the denial or the fault.
    pub fn code(self) -> &'static str {
        match self {
            Self::Allow(_) => ALLOW,
            Self::Admit(_) => ADMIT,
            Self::Deny(denial) => denial.code().as_str(),
            Self::Fault(_) => Fault::CODE,
        }
    }
}

pub(crate) const ALLOW: &str = "allow";
pub(crate) const ADMIT: &str = "admit";

impl<'d> From<&'d Verdict> for Decided<'d> {
    fn from(verdict: &'d Verdict) -> Self {
        match verdict {
            Verdict::Allow(grant) => Self::Allow(grant),
            Verdict::Deny(denial) => Self::Deny(denial),
        }
    }
}

impl<'d> From<&'d Admission> for Decided<'d> {
    fn from(admission: &'d Admission) -> Self {
        match admission {
            Admission::Admit(admitted) => Self::Admit(admitted),
            Admission::Deny(denial) => Self::Deny(denial),
        }
    }
}

macro_rules! by_reference {
    ($($variant:ident: $decided:ty),*) => { $(
        impl<'d> From<&'d $decided> for Decided<'d> {
            fn from(decided: &'d $decided) -> Self {
                Self::$variant(decided)
            }
        }
    )* };
}

by_reference!(Allow: Grant, Admit: Admitted, Deny: Denial, Fault: Fault);

macro_rules! of_a_result {
    ($($decided:ty),*) => { $(
        /// What an engine or a gate returned.
        impl<'d> From<&'d Result<$decided, Fault>> for Decided<'d> {
            fn from(result: &'d Result<$decided, Fault>) -> Self {
                match result {
                    Ok(decided) => decided.into(),
                    Err(fault) => Self::Fault(fault),
                }
            }
        }
    )* };
}

of_a_result!(Verdict, Admission);
