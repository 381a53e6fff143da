//! The catalogues of the two products that the crate was measured by, as data.

use alloc::{boxed::Box, vec::Vec};

use super::{
    catalogue::{Catalogue, Integration, Lifecycle, Method},
    level::MethodNames,
};
use crate::{id::IntegrationId, network::Allowlist, time::Timestamp};

impl Catalogue {
    /// The 13 API endpoints with a signature switch that Antavo's manual lists, each a module.
    ///
    /// The labels are data, and one reading of a list whose text does not say whether a label belongs to the endpoint
    /// before it or behind it: `challenges` is legacy, `levels` and `wallet` are deprecated, which fits the vendor's
    /// later list best. It names no dates, so `since` is the Unix epoch. Nor does it name methods: the ones here are a
    /// choice. Change either with [`to_builder`](Self::to_builder):
    ///
    /// ```
    /// use keyward::{Catalogue, Lifecycle, Timestamp};
    /// let since = Timestamp::from_unix(1_795_348_800);
    /// let catalogue = Catalogue::antavo()
    ///     .to_builder()
    ///     .method("events", "events.import")
    ///     .lifecycle("wallet.read", Lifecycle::Deprecated { since, sunset: None })
    ///     .build()?;
    /// assert_eq!(catalogue.modules().count(), 13);
    /// # Ok::<(), keyward::InvalidCatalogue>(())
    /// ```
    pub fn antavo() -> Self {
        trusted(ANTAVO, &[], &[])
    }

    /// Mapp Empower's seven module groups with the methods that public sources name, and its two third parties,
    /// `salesforce.com` and `seewhy`.
    ///
    /// Modules are the groups' names in lower case with hyphens: `account-configuration`, `promotional-messaging`,
    /// `transactional-messaging`, `coupon-distribution` (no method of which is public), `conversion-tracking`,
    /// `subscriber-responses`, `miscellaneous`. A method's prefix does not tell its module, and `legacy.` in a name is
    /// no [`Lifecycle`]. What the third parties may call and from where is not public either: both are empty, so their
    /// API users are refused until it is supplied. Three methods [stand alone](Self::stands_alone), as the vendor has it:
    /// `legacy.group_clear`, `legacy.message_stats`, `welcome.messageStats`.
    ///
    /// ```
    /// use keyward::{Allowlist, Catalogue};
    /// let catalogue = Catalogue::mapp()
    ///     .to_builder()
    ///     .integration_methods("seewhy", ["transactional.sendTransaction"])
    ///     .integration_addresses("seewhy", Allowlist::parse("192.0.2.0/28")?)
    ///     .build()?;
    /// assert_eq!(catalogue.modules().count(), 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mapp() -> Self {
        trusted(MAPP, MAPP_ALONE, &["salesforce.com", "seewhy"])
    }
}

type Module = (&'static str, Lifecycle, &'static [&'static str]);

/// Fixes tables that pass the builder's checks, which a test holds.
fn trusted(tables: &[Module], alone: &[&str], integrations: &[&str]) -> Catalogue {
    let mut modules: Vec<Box<str>> = tables.iter().map(|(module, ..)| (*module).into()).collect();
    let methods = tables.iter().flat_map(|(module, lifecycle, names)| {
        names.iter().map(|name| {
            let mut method = Method::new((*name).into(), (*module).into(), *lifecycle);
            method.alone = alone.contains(name);
            method
        })
    });
    let mut methods: Vec<Method> = methods.collect();
    let entry =
        |id: IntegrationId| Integration { id, methods: MethodNames::default(), addresses: Allowlist::none() };
    let mut integrations: Vec<Integration> =
        integrations.iter().filter_map(|id| id.parse().ok()).map(entry).collect();
    modules.sort_unstable();
    methods.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    integrations.sort_unstable_by_key(|entry| entry.id);
    Catalogue::of(methods, modules, integrations)
}

const UNDATED: Lifecycle = Lifecycle::Deprecated { since: Timestamp::from_unix(0), sunset: None };

const ANTAVO: &[Module] = &[
    ("challenges", Lifecycle::Legacy, &["challenges.list", "challenges.read"]),
    ("coupons", Lifecycle::Current, &["coupons.issue", "coupons.list", "coupons.redeem"]),
    ("customer", Lifecycle::Current, &["customer.activities", "customer.read"]),
    ("display", Lifecycle::Current, &["display.read"]),
    (
        "entities",
        Lifecycle::Current,
        &["entities.delete", "entities.list", "entities.read", "entities.write"],
    ),
    ("events", Lifecycle::Current, &["events.create", "events.list"]),
    ("faq", Lifecycle::Current, &["faq.list"]),
    ("leaderboard", Lifecycle::Current, &["leaderboard.read"]),
    ("levels", UNDATED, &["levels.list"]),
    ("offers", Lifecycle::Current, &["offers.claim", "offers.list"]),
    ("rewards", Lifecycle::Current, &["rewards.claim", "rewards.list"]),
    ("wallet", UNDATED, &["wallet.read"]),
    ("workflow-campaigns", Lifecycle::Current, &["workflow-campaigns.list"]),
];

const MAPP_ALONE: &[&str] = &["legacy.group_clear", "legacy.message_stats", "welcome.messageStats"];

const MAPP: &[Module] = &[
    (
        "account-configuration",
        Lifecycle::Current,
        &[
            "account.addCategory",
            "account.addCustomField",
            "account.addRelationalTable",
            "account.addStaticSegment",
            "account.alterRelationalTableColumn",
            "account.getCategories",
            "account.getCustomFields",
            "account.getDynamicSegments",
            "account.getRelationalTables",
            "account.getStaticSegments",
            "account.importRelationalTableData",
            "account.removeCategory",
            "account.removeCustomField",
            "account.removeRelationalTable",
            "account.removeStaticSegment",
            "account.updateCategory",
            "account.updateCustomField",
        ],
    ),
    (
        "promotional-messaging",
        Lifecycle::Current,
        &[
            "legacy.add_segment",
            "legacy.bulk_sync",
            "legacy.delete_subscribers",
            "legacy.group_clear",
            "legacy.group_rename",
            "legacy.manage_subscriber",
            "legacy.message_stats",
            "legacy.retrieve_active",
            "legacy.retrieve_dynamic",
            "legacy.retrieve_segment",
            "legacy.retrieve_unsub",
            "legacy.send_campaign",
            "message.getWelcomeMessages",
            "welcome.messageStats",
        ],
    ),
    (
        "transactional-messaging",
        Lifecycle::Current,
        &[
            "transactional.bouncedList",
            "transactional.getMessageContactActivity",
            "transactional.insertTemplate",
            "transactional.listTemplates",
            "transactional.messageStats",
            "transactional.rebuildTemplate",
            "transactional.sendInboxMonitor",
            "transactional.sendTest",
            "transactional.sendTransaction",
            "transactional.testDesignPreview",
            "transactional.updateTemplate",
        ],
    ),
    ("coupon-distribution", Lifecycle::Current, &[]),
    ("conversion-tracking", Lifecycle::Current, &["conversion.track", "roi.insert"]),
    (
        "subscriber-responses",
        Lifecycle::Current,
        &["statistics.getMessageSubscriberData", "subscribers.getMessageDetail", "subscribers.getSubscriber"],
    ),
    (
        "miscellaneous",
        Lifecycle::Current,
        &["utilities.checkemail", "utilities.getFile", "utilities.getTasks"],
    ),
];
