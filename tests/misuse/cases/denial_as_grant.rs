//! What a denied caller gets is no grant.

fn serve(_: keyward::Grant) {}

fn misuse(denial: keyward::Denial) {
    serve(denial);
}

fn main() {
    let _ = misuse;
}
