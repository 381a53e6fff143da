//! Whoever makes an API user says which addresses may call.

fn made_up<T: Default>() {}

fn main() {
    made_up::<keyward::Allowlist>();
}
