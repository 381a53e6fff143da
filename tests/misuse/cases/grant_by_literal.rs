//! A grant is earned: its fields are the proofs, and those are private.

fn main() {
    let _ = keyward::Grant {};
}
