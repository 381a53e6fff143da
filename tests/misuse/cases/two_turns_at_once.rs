//! How one call went decides whether there is a next one.

fn misuse(batch: &mut keyward::Batch<'_, &str, ()>, now: keyward::Timestamp) {
    let first = batch.turn(now);
    let second = batch.turn(now);
    drop((first, second));
}

fn main() {
    let _ = misuse;
}
