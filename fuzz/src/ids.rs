//! Public ids and vendor prefixes.

use std::{fmt::Debug, str::FromStr};

use keyward::{AccountId, IntegrationId, InvalidId, KeyId, RequestId, UserId, Vendor};

/// Each id is exactly its grammar, prints its text, sorts as its text, and its error names a place and no input.
pub fn ids(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    let (text, other) = text.split_once('\n').unwrap_or((text, "a"));
    id::<KeyId>(text, other, 55, "key id", "_-");
    id::<UserId>(text, other, 39, "user id", "._-");
    id::<AccountId>(text, other, 39, "account id", "._-");
    id::<IntegrationId>(text, other, 39, "integration id", "._-");
    id::<RequestId>(text, other, 64, "request id", "._-");
    vendor(text);
}

fn id<T>(text: &str, other: &str, most: usize, what: &str, also: &str)
where
    T: FromStr<Err = InvalidId> + Ord + Copy + AsRef<str> + ToString + Debug,
{
    let problem = if text.is_empty() {
        Some(format!("empty {what}"))
    } else if text.len() > most {
        Some(format!("{what} of {} bytes", text.len()))
    } else {
        let unfit = text.chars().position(|char| !char.is_ascii_alphanumeric() && !also.contains(char));
        // Before the first unfit character every one takes a byte.
        unfit.map(|at| format!("unexpected character in {what} at byte {at}"))
    };
    let advice = format!("; write 1 to {most} letters, digits or any of `{also}`");
    let read = text.parse::<T>();
    let told = read.map_err(|error| error.to_string()).map(|id| id.to_string());
    assert_eq!(told, problem.map_or(Ok(text.to_owned()), |problem| Err(problem + &advice)));
    if let (Ok(id), Ok(second)) = (read, other.parse::<T>()) {
        assert_eq!(id.as_ref(), text);
        assert_eq!(id.cmp(&second), text.cmp(other), "ids sort as their texts");
        assert_eq!(id == second, text == other);
    }
}

fn vendor(text: &str) {
    let fits = (2..=10).contains(&text.len())
        && text.starts_with(|char: char| char.is_ascii_lowercase())
        && text.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit());
    let read = text.parse::<Vendor>().ok().map(|vendor| vendor.to_string());
    assert_eq!(read.as_deref(), fits.then_some(text));
}
