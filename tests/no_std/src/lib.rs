//! Guards the promise that keyward needs `alloc` and nothing else: this library has its own panic handler, so if std
//! comes in by any dependency, it does not compile (E0152, two of one lang item).

#![no_std]
#![warn(missing_debug_implementations, unreachable_pub, clippy::pedantic)]

extern crate alloc;

mod arena;
mod line;

unsafe extern "C" {
    safe fn abort() -> !;
}

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    abort()
}

/// 0: the right secret was allowed and a wrong one denied. 1: not so. 2: something could not be made.
#[unsafe(no_mangle)]
pub extern "C" fn keyward_line() -> i32 {
    match line::decide() {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(_) => 2,
    }
}

#[cfg(feature = "serde")]
const _: () = {
    const fn stored<T: serde::Serialize + serde::de::DeserializeOwned>() {}
    stored::<keyward::Allowlist>();
    stored::<keyward::AccessLevel>();
    stored::<keyward::ModulePolicy>();
    stored::<keyward::KeyId>();
    stored::<keyward::Timestamp>();
};
