//! A secret is not copied.

fn copied<T: Clone>(_: &T) {}

fn misuse(value: &keyward::Secret) {
    copied(value);
}

fn main() {
    let _ = misuse;
}
