//! Signs a webhook (Standard Webhooks, v1), and prints it.

use std::{env, error::Error, time::SystemTime};

use keyward::{Timestamp, Webhook};

#[allow(clippy::disallowed_methods, reason = "a program, not the library: its clock is the system's")]
fn main() -> Result<(), Box<dyn Error>> {
    let secret = "whsec_RXhhbXBsZSBzZWNyZXQgZm9yIHRoZSBkb2Nz".parse()?;
    let webhook = Webhook::new("loyalty".parse()?, secret);
    let (host, path) = ("hooks.example.com", "/loyalty");
    let id = "msg_2ExampleMessage0001"; // the same for every attempt to deliver this message
    let body = r#"{"type":"points.added","data":{"customer":"1234","points":50}}"#;

    let now = match env::var("NOW") {
        Ok(now) => Timestamp::from_unix(now.parse()?),
        Err(_) => SystemTime::now().into(),
    };
    let added = webhook.sign(id, now, body.as_bytes())?;

    println!("POST https://{host}{path}\nHost: {host}\nContent-Type: application/json");
    added.iter().for_each(|(name, value)| println!("{name}: {value}"));
    println!("\n{body}");
    Ok(())
}
