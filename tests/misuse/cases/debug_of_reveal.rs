//! A secret that nobody has seen is not printed, not even for debugging.

fn misuse(value: &keyward::Reveal) -> String {
    format!("{value:?}")
}

fn main() {
    let _ = misuse;
}
