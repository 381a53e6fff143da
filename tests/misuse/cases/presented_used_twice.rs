//! A presented credential is decided once.

fn decide(engine: &keyward::Authorizer, presented: keyward::Presented<'_>, ask: &keyward::Ask<'_>) {
    let _ = engine.authorize(presented, None, ask);
    let _ = engine.authorize(presented, None, ask);
}

fn main() {
    let _ = decide;
}
