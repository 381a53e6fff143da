//! Secrets that valgrind's memcheck takes for memory that nobody ever wrote: it then reports every branch and every
//! address that depends on one. `scripts/taint.sh` builds this with `--cfg keyward_taint` and runs it case by case.
//!
//! ```text
//! keyward-taint --list       the cases
//! keyward-taint CASE         has nothing to report
//! keyward-taint CASE blind   leaves the outcome tainted, branches on it, and is reported
//! keyward-taint LEAK         is reported
//! ```

#[cfg(all(keyward_taint, target_arch = "x86_64", target_os = "linux"))]
mod cases;
#[cfg(all(keyward_taint, target_arch = "x86_64", target_os = "linux"))]
mod client;

#[cfg(all(keyward_taint, target_arch = "x86_64", target_os = "linux"))]
fn main() {
    cases::main();
}

#[cfg(not(all(keyward_taint, target_arch = "x86_64", target_os = "linux")))]
fn main() {
    eprintln!("nothing is watched: this is for x86-64 Linux, built by scripts/taint.sh");
    std::process::exit(2);
}
