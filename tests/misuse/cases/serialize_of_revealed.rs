//! A revealed secret is not serialized.

struct Page<T>(T);

impl<T: serde::Serialize> Page<T> {
    fn render(&self) {}
}

fn misuse(value: keyward::Revealed) {
    Page(value).render();
}

fn main() {
    let _ = misuse;
}
