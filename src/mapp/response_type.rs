//! In which format a caller wants its answer.

use core::{fmt, str::FromStr};

/// The format of an answer, as `response_type` asks for it; XML where it does not.
///
/// Read without case: the vendor's pages write the two in capitals, its clients in lower case.
///
/// ```
/// use keyward::mapp::ResponseType;
/// assert_eq!("PHP".parse(), Ok(ResponseType::Php));
/// assert_eq!(ResponseType::default(), ResponseType::Xml);
/// assert!("json".parse::<ResponseType>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResponseType {
    /// XML.
    #[default]
    Xml,
    /// What PHP's `serialize` writes and its `unserialize` reads.
    Php,
}

impl ResponseType {
    /// As `response_type` names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Php => "php",
        }
    }

    /// PHP's format has no registered type. This one is used for it elsewhere, and no browser shows it as a page.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml; charset=utf-8",
            Self::Php => "application/vnd.php.serialized; charset=utf-8",
        }
    }
}

impl FromStr for ResponseType {
    type Err = UnknownResponseType;

    /// # Errors
    /// Any other text. White space around it is the reader's to cut off.
    fn from_str(text: &str) -> Result<Self, UnknownResponseType> {
        let known =
            [Self::Xml, Self::Php].into_iter().find(|known| known.as_str().eq_ignore_ascii_case(text));
        known.ok_or(UnknownResponseType)
    }
}

impl fmt::Display for ResponseType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A response type that there is no format for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown response type; write `xml` or `php`, or leave `response_type` out")]
pub struct UnknownResponseType;
