//! A secret that nobody has seen is not serialized.

struct Page<T>(T);

impl<T: serde::Serialize> Page<T> {
    fn render(&self) {}
}

fn misuse(value: keyward::Reveal) {
    Page(value).render();
}

fn main() {
    let _ = misuse;
}
