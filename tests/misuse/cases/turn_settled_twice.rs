//! A call has one outcome.

fn misuse(turn: keyward::Turn<'_, '_, &str, ()>) {
    turn.failed(());
    turn.done(());
}

fn main() {
    let _ = misuse;
}
