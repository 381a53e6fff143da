//! A revealed secret is not printed.

fn misuse(value: &keyward::Revealed) -> String {
    format!("{value}")
}

fn main() {
    let _ = misuse;
}
