//! An allocator that counts and inspects, for the tests which say what the heap is used for.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part of it")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    slice,
};

/// Counts and inspects blocks on threads that watch.
///
/// Blocks start out zeroed, so that whatever is found in one was written by its owner. A realloc is the trait's
/// default: allocate, copy, free; so what a growing or shrinking text leaves behind is seen as well.
struct Watched;

#[global_allocator]
static HEAP: Watched = Watched;

thread_local! {
    static WATCH: Cell<Option<Watch>> = const { Cell::new(None) };
    static HELD: Cell<isize> = const { Cell::new(0) };
}

/// Bytes that this thread has taken and not given back: less than none, if it gave back what others took.
pub fn held() -> isize {
    HELD.get()
}

#[derive(Clone, Copy)]
struct Watch {
    secret: [u8; MAX_SECRET],
    length: usize,
    seen: Seen,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub allocations: usize,
    pub frees: usize,
    /// Freed blocks with [`ENOUGH`] bytes of the secret in a row.
    pub unwiped: usize,
}

const MAX_SECRET: usize = 64;
/// Eight characters of base62 do not turn up by chance.
pub const ENOUGH: usize = 8;

impl Watch {
    fn free(&mut self, block: &[u8]) {
        let secret = self.secret.get(..self.length).unwrap_or_default();
        let holds = |piece| secret.windows(ENOUGH).any(|known| known == piece);
        self.seen.frees += 1;
        self.seen.unwiped += usize::from(block.windows(ENOUGH).any(holds));
    }
}

fn on_watch(note: impl FnOnce(&mut Watch)) {
    WATCH.with(|cell| {
        let mut watch = cell.get();
        watch.as_mut().map(note);
        cell.set(watch);
    });
}

// SAFETY: every block comes from `System` and goes back to it under its own layout, and is read only before that.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        on_watch(|watch| watch.seen.allocations += 1);
        HELD.set(HELD.get().wrapping_add_unsigned(layout.size()));
        // SAFETY: the caller's duties are the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is the caller's, of this size, and was zeroed when it was made.
        on_watch(|watch| watch.free(unsafe { slice::from_raw_parts(block, layout.size()) }));
        HELD.set(HELD.get().wrapping_sub_unsigned(layout.size()));
        // SAFETY: the caller's duties are the same.
        unsafe { System.dealloc(block, layout) }
    }
}

/// What `work` does to the heap, the drop of what it returns included.
pub fn watch<T>(secret: &[u8], work: impl FnOnce() -> T) -> Seen {
    let mut padded = [0; MAX_SECRET];
    padded[..secret.len()].copy_from_slice(secret);
    WATCH.set(Some(Watch { secret: padded, length: secret.len(), seen: Seen::default() }));
    drop(work());
    WATCH.take().expect("set above").seen
}

/// A minted secret's 43 random characters and its checksum.
pub fn random_part(secret: &str) -> &[u8] {
    &secret.as_bytes()[secret.len() - 49..]
}

pub const NOTHING: Seen = Seen { allocations: 0, frees: 0, unwiped: 0 };
pub const ONE_WIPED: Seen = Seen { allocations: 1, frees: 1, unwiped: 0 };
