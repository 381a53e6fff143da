//! A secret is not printed.

fn misuse(value: &keyward::Secret) -> String {
    format!("{value}")
}

fn main() {
    let _ = misuse;
}
