//! The key that hashes never seals.

fn misuse(ring: keyward::KeyRing, pepper: keyward::Pepper) {
    let _ = ring.sealing(pepper);
}

fn main() {
    let _ = misuse;
}
