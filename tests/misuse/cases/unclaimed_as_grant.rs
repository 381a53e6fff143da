//! A request that the replay guard has not answered for is no grant.

fn serve(_: keyward::Grant) {}

fn misuse(unclaimed: keyward::Unclaimed) {
    serve(unclaimed);
}

fn main() {
    let _ = misuse;
}
