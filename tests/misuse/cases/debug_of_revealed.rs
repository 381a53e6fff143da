//! A revealed secret is not printed, not even for debugging.

fn misuse(value: &keyward::Revealed) -> String {
    format!("{value:?}")
}

fn main() {
    let _ = misuse;
}
