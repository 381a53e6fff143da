//! Futures that are dropped before they are ready, as a deadline or a caller that hangs up does it.

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Polls a future at most so many times and drops it. `None` if it was not ready by then.
///
/// It is for futures that get on by being polled, as over a store in memory with an [`Inject::DelayBefore`]; one that
/// waits for a thread or a socket is asked again and again in the meantime.
///
/// [`Inject::DelayBefore`]: crate::conformance::Inject::DelayBefore
///
/// ```
/// use keyward::conformance::poll_for;
/// assert_eq!(poll_for(1, async { 7 }), Some(7));
/// assert_eq!(poll_for(9, std::future::pending::<u8>()), None);
/// ```
pub fn poll_for<F: Future>(polls: u32, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

/// Makes a future again and again and drops it unpolled, after one poll, after two and so on; what it answers when it is
/// ready at last. After each drop `check` looks at what is left, given the number of polls.
///
/// `None`: it was not ready after a thousand polls.
///
/// ```
/// # #[cfg(feature = "memory")] {
/// use keyward::{Account, MemoryStore, Registry};
/// use keyward::conformance::{FaultPlan, Faulty, Inject, Operation, drop_at_each_poll};
/// let (store, acme) = (MemoryStore::new(), Account::new("acme".parse()?));
/// let slow = Faulty::new(&store, FaultPlan::none().always(Operation::PutAccount, Inject::DelayBefore(2)));
/// let is_there = || pollster::block_on(store.account(acme.id())).is_ok_and(|account| account.is_some());
/// let put = drop_at_each_poll(|| slow.put_account(&acme), |polls| assert!(!is_there(), "after {polls} polls"));
/// assert!(put.is_some() && is_there());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn drop_at_each_poll<F: Future>(
    mut make: impl FnMut() -> F,
    mut check: impl FnMut(u32),
) -> Option<F::Output> {
    for polls in 0..=MOST_POLLS {
        if let Some(output) = poll_for(polls, make()) {
            return Some(output);
        }
        check(polls);
    }
    None
}

const MOST_POLLS: u32 = 1_000;
