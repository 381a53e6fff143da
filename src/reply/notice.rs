//! What callers of a method that goes away, or is gone, are told in headers: `Deprecation` (RFC 9745), `Sunset` (RFC
//! 8594), and a `Link` to where they read on (RFC 8288).

use alloc::{borrow::Cow, format, string::String};

use crate::{
    access::{Catalogue, Deprecation, Lifecycle},
    decision::{Code, Denial},
    engine::Grant,
    signature::fixdate,
    time::Timestamp,
};

type Header = (&'static str, Cow<'static, str>);

impl Grant {
    /// Headers for the response to this call, if its method is going away: `Deprecation`, `Sunset` if its end is known,
    /// and a `Link` if the catalogue [has one](crate::CatalogueBuilder::link). The catalogue is the one that decided.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use keyward::*;
    /// # let now = Timestamp::from_unix(1_795_348_800);
    /// let catalogue = Catalogue::builder()
    ///     .module("events", ["events.import"])
    ///     .lifecycle("events.import", Lifecycle::Deprecated { since: now, sunset: None })
    ///     .link("events.import", "https://docs.example.test/import")
    ///     .build()?;
    /// # let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?));
    /// # let account = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
    /// # let mut user = ApiUser::new(account.id(), "u".parse()?, "till", AccessLevel::Full, Allowlist::Any)?;
    /// # let mut random = |bytes: &mut [u8]| Ok::<(), EntropyError>(bytes.iter_mut().zip(1..).for_each(|(byte, at)| *byte = at));
    /// # let made = user.issue(Keep::Hashed, engine.keys(), By::new("a", now), &mut random)?.reveal();
    /// # let subject = Subject::new(Arc::new(account), Arc::new(user), made.key_id());
    /// # let presented = Presented::pair(made.key_id(), made.secret());
    /// # let grant = engine.authorize(presented, subject, &Ask::new("events.import", ClientAddr::unknown(), now))?.into_result()?;
    /// let notices: Vec<_> = grant.notices(engine.catalogue()).collect();
    /// assert_eq!(notices[0], ("deprecation", "@1795348800".into()));
    /// assert_eq!(notices[1], ("link", r#"<https://docs.example.test/import>; rel="deprecation""#.into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn notices(&self, catalogue: &Catalogue) -> impl Iterator<Item = Header> + use<> {
        let deprecation = self.deprecation();
        let url = deprecation.and_then(|_| catalogue.link(self.method()));
        headers(deprecation, url, false)
    }
}

/// Denials that already say that there is such a method. Before that was looked for, none may show it.
pub(crate) fn of_denial(denial: &Denial, catalogue: &Catalogue) -> impl Iterator<Item = Header> + use<> {
    let known = match denial.code() {
        Code::AccessModule
        | Code::AccessMethod
        | Code::AccessIntegration
        | Code::EndpointRetired
        | Code::BatchAlone => denial.method(),
        _ => None,
    };
    let lifecycle = known.and_then(|method| catalogue.lifecycle(method));
    let (deprecation, retired) = match lifecycle {
        Some(Lifecycle::Deprecated { since, sunset }) => (Some(Deprecation { since, sunset }), false),
        Some(Lifecycle::Retired) => (None, true),
        Some(Lifecycle::Current | Lifecycle::Legacy) | None => (None, false),
    };
    let ends = deprecation.is_some() || retired;
    headers(deprecation, known.filter(|_| ends).and_then(|method| catalogue.link(method)), retired)
}

/// A page is about the announcement, and where there is an end about that too. What is retired has no dates.
fn headers(
    deprecation: Option<Deprecation>,
    url: Option<&str>,
    retired: bool,
) -> impl Iterator<Item = Header> + use<> {
    let sunset = deprecation.and_then(|notice| notice.sunset);
    let relation = if retired || sunset.is_some() { "deprecation sunset" } else { "deprecation" };
    let all = [
        deprecation.and_then(|notice| since(notice.since)).map(|value| ("deprecation", value)),
        sunset.and_then(date).map(|value| ("sunset", value)),
        url.map(|url| ("link", format!("<{url}>; rel=\"{relation}\""))),
    ];
    all.into_iter().flatten().map(|(name, value)| (name, value.into()))
}

/// A date of RFC 9651 §3.3.7. Readers need not take one outside of the years that `Sunset` can write either.
fn since(at: Timestamp) -> Option<String> {
    fixdate(at).map(|_| format!("@{}", at.unix()))
}

/// IMF-fixdate, or nothing for a year of more than four digits.
fn date(at: Timestamp) -> Option<String> {
    String::from_utf8(fixdate(at)?.into()).ok()
}
