//! A revealed secret is not copied.

fn copied<T: Clone>(_: &T) {}

fn misuse(value: &keyward::Revealed) {
    copied(value);
}

fn main() {
    let _ = misuse;
}
