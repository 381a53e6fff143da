//! A proof of the engine has no name outside it.

fn main() {
    let _ = keyward::engine::prove::Proven(());
}
