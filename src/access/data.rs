//! A catalogue in serde's formats: lists, so that what stands twice is seen and refused.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{
    builder::InvalidCatalogue,
    catalogue::{Catalogue, Integration, Lifecycle, Method},
};
use crate::network::Allowlist;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    modules: Vec<ModuleData>,
    #[serde(default)]
    integrations: Vec<IntegrationData>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModuleData {
    name: String,
    methods: Vec<MethodData>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MethodData {
    name: String,
    #[serde(default)]
    lifecycle: Lifecycle,
    #[serde(default)]
    link: Option<String>,
    #[serde(default)]
    alone: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IntegrationData {
    id: String,
    methods: Vec<String>,
    addresses: Allowlist,
}

impl From<&Catalogue> for Data {
    fn from(catalogue: &Catalogue) -> Self {
        let method = |method: &Method| MethodData {
            name: (*method.name).into(),
            lifecycle: method.lifecycle,
            link: method.link.as_deref().map(Into::into),
            alone: method.alone,
        };
        let module = |name: &str| {
            let inside = catalogue.methods.iter().filter(|method| *method.module == *name);
            ModuleData { name: name.into(), methods: inside.map(method).collect() }
        };
        let integration = |entry: &Integration| IntegrationData {
            id: entry.id().as_str().into(),
            methods: entry.methods().iter().map(Into::into).collect(),
            addresses: entry.addresses().clone(),
        };
        Self {
            modules: catalogue.modules().map(module).collect(),
            integrations: catalogue.integrations().map(integration).collect(),
        }
    }
}

impl TryFrom<Data> for Catalogue {
    type Error = InvalidCatalogue;

    fn try_from(data: Data) -> Result<Self, InvalidCatalogue> {
        let mut to = Self::builder();
        for ModuleData { name, methods } in data.modules {
            to = methods.iter().fold(to, |to, method| {
                to.said(&method.name, method.lifecycle, method.link.as_deref(), method.alone)
            });
            to = to.module(&name, methods.into_iter().map(|method| method.name));
        }
        for IntegrationData { id, methods, addresses } in data.integrations {
            to = to.integration(&id, methods, addresses);
        }
        to.build()
    }
}

/// Modules with their methods and what is said of each, then integrations.
impl Serialize for Catalogue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Data::from(self).serialize(to)
    }
}

/// As written, or by hand: `lifecycle` may be left out for `"current"`, `link` if there is none, `alone` for `false`,
/// `integrations` if there are none. Everything is checked as [`CatalogueBuilder::build`](crate::CatalogueBuilder::build)
/// checks it, and a field that is not known is an error.
///
/// ```
/// let catalogue: keyward::Catalogue = serde_json::from_str(
///     r#"{
///         "modules": [{ "name": "events", "methods": [
///             { "name": "events.create" },
///             { "name": "events.import", "lifecycle": { "deprecated": { "since": 1795348800 } } },
///             { "name": "events.old", "lifecycle": "retired", "link": "https://docs.example.test/events" }
///         ] }],
///         "integrations": [{ "id": "crm", "methods": ["events.create"], "addresses": ["192.0.2.0/28"] }]
///     }"#,
/// )?;
/// assert_eq!(catalogue.methods().count(), 3);
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Catalogue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Data::deserialize(from)?.try_into().map_err(D::Error::custom)
    }
}
