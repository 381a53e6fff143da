//! A body's digest was computed, so only the hasher makes it.

fn main() {
    let _ = |bytes| keyward::BodyDigest(bytes);
}
