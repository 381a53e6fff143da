//! A verdict is matched on, so that nobody forgets what the denial says.

fn misuse(verdict: keyward::Verdict) {
    if verdict {}
}

fn main() {
    let _ = misuse;
}
