//! One parameter of a query or a form, decoded as it is read: nothing is copied but a key.

use super::malformed::{self, Malformed};
use crate::{
    encoding::form::{decoded, pairs},
    id::KeyId,
};

const NAME: &[u8] = b"api_key";

/// The one value of `api_key`, undecoded.
///
/// Names are compared decoded, since that is how a framework behind this reads them.
pub(super) fn api_key(parameters: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let is_named = |(name, _): &(&[u8], &[u8])| decoded(name).eq(NAME.iter().copied());
    let mut values = pairs(parameters).filter(is_named).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(Malformed::Twice),
        (value, None) => Ok(value),
    }
}

/// The key id that a value holds once it is decoded.
pub(super) fn key_id(value: &[u8]) -> Result<KeyId, Malformed> {
    let mut bytes = [0; KeyId::MAX_LEN + 1];
    let length = bytes.iter_mut().zip(decoded(value)).map(|(slot, byte)| *slot = byte).count();
    malformed::key_id(bytes.get(..length).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_is_found_as_a_framework_finds_it() {
        for (parameters, value) in [
            ("api_key=k", Some("k")),
            ("a=b&api_key=k&c", Some("k")),
            ("api%5Fkey=k", Some("k")),
            ("%61pi_key=k", Some("k")),
            ("api_key", Some("")),
            ("api_key=", Some("")),
            ("api_key=a=b", Some("a=b")),
            ("API_KEY=k&xapi_key=k&api_keys=k&api+key=k", None),
            ("", None),
            ("%", None),
        ] {
            let found = api_key(parameters.as_bytes()).unwrap();
            assert_eq!(found, value.map(str::as_bytes), "{parameters}");
        }
        for twice in ["api_key=k&api_key=k", "api_key&api%5fkey=k"] {
            assert_eq!(api_key(twice.as_bytes()), Err(Malformed::Twice), "{twice}");
        }
    }

    #[test]
    fn a_value_is_decoded_to_a_key_or_to_nothing() {
        assert_eq!(key_id(b"%41N1-x_").unwrap().as_str(), "AN1-x_");
        let longest = "%61".repeat(55);
        assert_eq!(key_id(longest.as_bytes()).unwrap().as_str(), "a".repeat(55));
        for value in ["", "a+b", "a%20b", "%4", "%zz", "a%", &"a".repeat(56), &"%61".repeat(56)] {
            assert_eq!(key_id(value.as_bytes()), Err(Malformed::KeyId), "{value}");
        }
    }
}
