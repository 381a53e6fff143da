//! Signs a request by RFC 9421 (hmac-sha256), and prints it.

use std::{env, error::Error, time::SystemTime};

use keyward::{Headers, MessageProfile, MessageSigner, Payload, RequestHead, Secret, Timestamp};

#[allow(clippy::disallowed_methods, reason = "a program, not the library: its clock is the system's")]
fn main() -> Result<(), Box<dyn Error>> {
    let secret = Secret::new("Example+Secret/For-The-Docs".to_owned());
    let signer = MessageSigner::new(MessageProfile::new(), "demok_Example000000001".parse()?, secret);
    let (host, target) = ("api.example.com", "/v1/events?locale=de&source=web%20shop");
    let body = r#"{"customer":"1234","action":"point_add"}"#;

    let now = match env::var("NOW") {
        Ok(now) => Timestamp::from_unix(now.parse()?),
        Err(_) => SystemTime::now().into(),
    };
    let lines = [("host", host.as_bytes()), ("content-type", b"application/json")];
    let head = RequestHead::new("POST", target, Headers::lines(&lines));
    let added = signer.sign(head, Payload::Bytes(body.as_bytes()), now)?;

    println!("POST https://{host}{target}\nHost: {host}\nContent-Type: application/json");
    added.iter().for_each(|(name, value)| println!("{name}: {value}"));
    println!("\n{body}");
    Ok(())
}
