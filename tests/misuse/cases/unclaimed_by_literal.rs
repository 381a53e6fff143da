//! A step before the replay guard holds a grant, so only the engine makes it.

fn main() {
    let _ = |grant, key, mode| keyward::Unclaimed { grant, key, mode };
}
