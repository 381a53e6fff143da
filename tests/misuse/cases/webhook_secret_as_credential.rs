//! A webhook's secret proves no API user.

fn misuse(key_id: keyward::KeyId, secret: &keyward::WebhookSecret) {
    let _ = keyward::Presented::pair(key_id, secret);
}

fn main() {
    let _ = misuse;
}
