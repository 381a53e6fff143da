//! A secret that nobody has seen is not copied.

fn copied<T: Clone>(_: &T) {}

fn misuse(value: &keyward::Reveal) {
    copied(value);
}

fn main() {
    let _ = misuse;
}
