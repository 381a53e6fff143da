//! An allocator that hands out one array from front to back and takes nothing back.

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::UnsafeCell,
    ptr::null_mut,
    sync::atomic::{AtomicUsize, Ordering},
};

/// The line takes a few KiB.
const SIZE: usize = 1 << 20;

#[global_allocator]
static ARENA: Arena = Arena { bytes: UnsafeCell::new([0; SIZE]), used: AtomicUsize::new(0) };

struct Arena {
    bytes: UnsafeCell<[u8; SIZE]>,
    used: AtomicUsize,
}

// SAFETY: `used` only grows, so no byte is handed out twice.
unsafe impl Sync for Arena {}

// SAFETY: a block starts at a multiple of its alignment, ends within the array and overlaps no other.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.bytes.get().cast::<u8>();
        let place = |used: usize| {
            let free = (base as usize).checked_add(used)?;
            let start = used.checked_add(free.checked_next_multiple_of(layout.align())? - free)?;
            start.checked_add(layout.size()).filter(|end| *end <= SIZE).map(|end| (start, end))
        };
        let end = |used| place(used).map(|(_, end)| end);
        match self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, end) {
            // SAFETY: `place` has just found room from here on.
            Ok(used) => place(used).map_or(null_mut(), |(start, _)| unsafe { base.add(start) }),
            Err(_) => null_mut(),
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
