//! Requests to valgrind: six words behind a sequence of instructions that does nothing on a processor of its own
//! (`valgrind.h`, `memcheck.h`).

use std::arch::asm;

/// `VALGRIND_MAKE_MEM_UNDEFINED` and `VALGRIND_MAKE_MEM_DEFINED`: 'M', 'C', and a number.
const UNDEFINED: u64 = 0x4D43_0001;
const DEFINED: u64 = 0x4D43_0002;

/// From here on nothing may depend on these bytes.
pub(crate) fn taint<T: ?Sized>(secret: &T) {
    request(UNDEFINED, (&raw const *secret).cast(), size_of_val(secret));
}

/// This may be looked at, whatever it was made of.
pub(crate) fn declassify<T: ?Sized>(outcome: &T) {
    request(DEFINED, (&raw const *outcome).cast(), size_of_val(outcome));
}

fn request(code: u64, start: *const u8, length: usize) {
    let words = [code, start as u64, length as u64, 0, 0, 0];
    // SAFETY: `rdi` is rotated by 128 bits, which is not at all, and `rbx` is exchanged with itself. Under valgrind `rdx`
    // takes the answer, and no byte of memory changes. It may read all memory, so that the optimiser has written it.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") words.as_ptr(),
            inout("rdx") 0u64 => _,
            options(nostack),
        );
    }
}
