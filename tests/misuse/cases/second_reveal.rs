//! A secret is revealed once.

fn show(reveal: keyward::Reveal) {
    reveal.reveal();
    reveal.reveal();
}

fn main() {
    let _ = show;
}
