//! Presigns a URL for Antavo's API (Escher), and prints the request that it makes.

use std::{
    env,
    error::Error,
    time::{Duration, SystemTime},
};

use keyward::{Profile, Secret, Signer, Timestamp};

#[allow(clippy::disallowed_methods, reason = "a program, not the library: its clock is the system's")]
fn main() -> Result<(), Box<dyn Error>> {
    let secret = Secret::new("Example+Secret/For-The-Docs".to_owned());
    let signer = Signer::new(Profile::antavo("st1"), "AN1EXAMPLEKEY000001".parse()?, secret);
    let host = "api.st1.antavo.com";
    let url = format!("https://{host}/v1/customers/1234?fields=name%2Ctier");
    let life = Duration::from_secs(3600); // a week at most

    let now = match env::var("NOW") {
        Ok(now) => Timestamp::from_unix(now.parse()?),
        Err(_) => SystemTime::now().into(),
    };
    println!("GET {}\nHost: {host}\n", signer.presign(&url, life, now)?);
    Ok(())
}
