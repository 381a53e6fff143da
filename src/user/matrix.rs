//! The access matrix: every method against every API user of an account.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::fmt;

use super::record::ApiUser;
use crate::{
    access::{Catalogue, MethodId},
    account::Account,
};

impl Catalogue {
    /// A table of what each of these API users may call: one line a method, by module and name, and one column a user, as
    /// [`ApiUser::reach`] says it. What may not be called has a `-` and the reason. For a back office's page, or for a
    /// file that a test compares, so that a change of access shows in review.
    ///
    /// ```
    /// use keyward::{AccessLevel, Account, Allowlist, ApiUser, Catalogue, Lifecycle, ModulePolicy};
    /// let catalogue = Catalogue::builder()
    ///     .module("events", ["events.create", "events.list", "events.old"])
    ///     .module("faq", ["faq.list"])
    ///     .lifecycle("events.old", Lifecycle::Retired)
    ///     .build()?;
    /// let account = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
    /// let user = |id: &str, level| ApiUser::new(account.id(), id.parse().unwrap(), id, level, Allowlist::none());
    /// let users = [user("shop", AccessLevel::Full)?, user("report", AccessLevel::custom(["events.list"]))?];
    /// assert_eq!(catalogue.access_matrix(&account, &users).to_string(), "\
    /// module | method        | shop         | report
    /// events | events.create | full         | - not listed
    /// events | events.list   | full         | custom
    /// events | events.old    | - retired    | - retired
    /// faq    | faq.list      | - module off | - module off
    /// ");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn access_matrix<'a, U: IntoIterator<Item = &'a ApiUser>>(
        &'a self,
        account: &'a Account,
        users: U,
    ) -> impl fmt::Display + use<'a, U> {
        Matrix { catalogue: self, account, users: users.into_iter().collect() }
    }
}

struct Matrix<'a> {
    catalogue: &'a Catalogue,
    account: &'a Account,
    users: Vec<&'a ApiUser>,
}

impl Matrix<'_> {
    fn head(&self) -> Vec<String> {
        let names = self.users.iter().map(|user| user.name().replace('|', "\\|"));
        ["module".to_string(), "method".to_string()].into_iter().chain(names).collect()
    }

    fn line(&self, module: &str, name: &str, method: MethodId) -> Vec<String> {
        let cells =
            self.users.iter().map(|user| user.reach(self.catalogue, self.account, method).to_string());
        [module.to_string(), name.to_string()].into_iter().chain(cells).collect()
    }

    fn lines(&self) -> Vec<Vec<String>> {
        let mut lines = vec![self.head()];
        for module in self.catalogue.modules() {
            for name in self.catalogue.methods_of(module) {
                lines.extend(self.catalogue.method(name).map(|method| self.line(module, name, method)));
            }
        }
        lines
    }
}

impl fmt::Display for Matrix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines();
        let mut widths = vec![0; self.users.len() + 2];
        for line in &lines {
            let wider = |(width, cell): (&mut usize, &String)| *width = cell.chars().count().max(*width);
            widths.iter_mut().zip(line).for_each(wider);
        }
        for line in lines {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            writeln!(f, "{}", cells.collect::<Vec<_>>().join(" | ").trim_end())?;
        }
        Ok(())
    }
}
