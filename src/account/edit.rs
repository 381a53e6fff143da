//! Edits of an account: collected, previewed, and applied as a whole or not at all.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use super::{
    change::{Change, What},
    record::Account,
};
use crate::{
    credential::{Act, ActKind, By},
    id::IntegrationId,
    network::{Allowlist, InvalidRules},
    policy::{Mode, ModulePolicy, Presigned, Replay, Strength},
    time::Timestamp,
};

/// Changes to an account that are not applied yet.
///
/// The account that is edited stays as it is; [`apply`](Self::apply) gives a new one, if every change is good.
///
/// ```
/// use keyward::{Account, Mode, ModulePolicy};
/// let account = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
/// let edit = account.edit().filter("events", "192.0.2.0/24\n198.51.100.7").filter_mode("events", Mode::Observe);
/// let edited = edit.apply()?;
/// let preview: Vec<_> = edited.changes.iter().map(|change| change.to_string()).collect();
/// assert_eq!(preview[0], "events: the filter admits 2 rules instead of any address");
///
/// let bad = account.edit().filter("events", "10.1").filter("coupons", "192.0.2.1").apply().unwrap_err();
/// assert_eq!(bad.problems().count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "an edit changes nothing until it is applied"]
pub struct AccountEdit {
    after: Account,
    changes: Vec<Change>,
    problems: Vec<Problem>,
}

/// An edit that was good as a whole.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Edited {
    /// The account as it is from now on; store it, then journal.
    pub account: Account,
    /// What changes, for whoever is about to do it. Empty if nothing does.
    pub changes: Vec<Change>,
}

impl Account {
    /// Starts an edit.
    pub fn edit(&self) -> AccountEdit {
        AccountEdit { after: self.clone(), changes: Vec::new(), problems: Vec::new() }
    }
}

impl AccountEdit {
    /// Enables a module, under the policy that it had before or under the account's default one.
    pub fn enable(mut self, module: &str) -> Self {
        let policy = self
            .after
            .modules
            .get(module)
            .map_or_else(|| self.after.default_policy.clone(), |found| found.policy.clone());
        if self.after.module(module).is_none() {
            self.after = self.after.enable(module, policy);
            self.note(module, What::Enabled);
        }
        self
    }

    /// Switches a module off. Its policy stays.
    pub fn disable(mut self, module: &str) -> Self {
        if self.known(module).is_some_and(|known| known) {
            self.after = self.after.disable(module);
            self.note(module, What::Disabled);
        }
        self
    }

    /// Lets an integration call, or not.
    pub fn integration(mut self, id: IntegrationId, enabled: bool) -> Self {
        if self.after.has_integration(id) != enabled {
            self.after =
                if enabled { self.after.enable_integration(id) } else { self.after.disable_integration(id) };
            self.note(id.as_str(), if enabled { What::IntegrationOn } else { What::IntegrationOff });
        }
        self
    }

    /// Sets the address filter of a module, as a whole, from a text area ([`Allowlist::parse`]). Without a rule every
    /// address is admitted, and the preview says that this opens the endpoint; the list of each API user still counts.
    pub fn filter(mut self, module: &str, text: &str) -> Self {
        let rule = match Allowlist::parse(text) {
            Ok(rules) if rules == Allowlist::none() => Allowlist::Any,
            Ok(rules) => rules,
            Err(error) => {
                self.problems.push(Problem { module: module.into(), kind: ProblemKind::Rules(error) });
                return self;
            }
        };
        self.change(module, |policy| {
            let (from, to) = (count(&policy.addresses.rule), count(&rule));
            let changed = policy.addresses.rule != rule;
            policy.addresses.rule = rule;
            changed.then_some(What::Filter { from, to })
        })
    }

    /// Sets whether the address filter of a module counts.
    pub fn filter_mode(self, module: &str, mode: Mode) -> Self {
        self.change(module, |policy| {
            let from = core::mem::replace(&mut policy.addresses.mode, mode);
            (from != mode).then_some(What::FilterMode { from, to: mode })
        })
    }

    /// Sets the date before which an enforced address filter is only observed.
    pub fn filter_from(self, module: &str, from: Option<Timestamp>) -> Self {
        self.change(module, |policy| {
            let before = core::mem::replace(&mut policy.addresses.enforce_from, from);
            (before != from).then_some(What::FilterFrom(from))
        })
    }

    /// Sets what callers of a module have to prove, and whether that counts.
    pub fn strength(self, module: &str, rule: Strength, mode: Mode) -> Self {
        self.change(module, |policy| {
            let from = (policy.strength.rule, policy.strength.mode);
            (policy.strength.rule, policy.strength.mode) = (rule, mode);
            (from != (rule, mode)).then_some(What::Strength { from, rule, mode })
        })
    }

    /// Sets the date before which an enforced strength is only observed.
    pub fn strength_from(self, module: &str, from: Option<Timestamp>) -> Self {
        self.change(module, |policy| {
            let before = core::mem::replace(&mut policy.strength.enforce_from, from);
            (before != from).then_some(What::StrengthFrom(from))
        })
    }

    /// Sets which signed requests of a module are taken once alone, and whether that counts.
    pub fn replay(self, module: &str, rule: Replay, mode: Mode) -> Self {
        self.change(module, |policy| {
            let from = (policy.replay.rule, policy.replay.mode);
            (policy.replay.rule, policy.replay.mode) = (rule, mode);
            (from != (rule, mode)).then_some(What::Replay { from, to: (rule, mode) })
        })
    }

    /// Sets the date before which it is only observed that an enforced request is taken once.
    pub fn replay_from(self, module: &str, from: Option<Timestamp>) -> Self {
        self.change(module, |policy| {
            let before = core::mem::replace(&mut policy.replay.enforce_from, from);
            (before != from).then_some(What::ReplayFrom(from))
        })
    }

    /// Sets what presigned URLs are good for in a module.
    pub fn presigned(self, module: &str, presigned: Presigned) -> Self {
        self.change(module, |policy| {
            let from = core::mem::replace(&mut policy.presigned, presigned);
            (from != presigned).then_some(What::Presigned { from, to: presigned })
        })
    }

    /// Sets the policy that modules start with, this edit's later [`enable`](Self::enable) among them. Modules that the
    /// account has keep theirs.
    pub fn default_policy(mut self, policy: ModulePolicy) -> Self {
        if self.after.default_policy != policy {
            self.after = self.after.default_policy(policy);
            self.note("default", What::DefaultPolicy);
        }
        self
    }

    /// Gives the edited account, if every change is good.
    ///
    /// # Errors
    /// [`InvalidEdit`] with every problem. The account that was edited is as it was.
    pub fn apply(self) -> Result<Edited, InvalidEdit> {
        if self.problems.is_empty() {
            Ok(Edited { account: self.after, changes: self.changes })
        } else {
            Err(InvalidEdit { problems: self.problems.into() })
        }
    }

    fn change(mut self, module: &str, change: impl FnOnce(&mut ModulePolicy) -> Option<What>) -> Self {
        if self.known(module).is_none() {
            return self;
        }
        if let Some(what) = self.after.modules.get_mut(module).and_then(|found| change(&mut found.policy)) {
            self.note(module, what);
        }
        self
    }

    /// Whether the module is enabled; a problem if the account never had it.
    fn known(&mut self, module: &str) -> Option<bool> {
        let enabled = self.after.modules.get(module).map(|found| found.enabled);
        if enabled.is_none() {
            self.problems.push(Problem { module: module.into(), kind: ProblemKind::Unknown });
        }
        enabled
    }

    fn note(&mut self, subject: &str, what: What) {
        self.changes.push(Change { subject: subject.into(), what });
    }
}

impl Edited {
    /// The act, for the journal.
    pub fn act(&self, by: By<'_>) -> Act {
        let (account, actor) = (self.account.id, Box::from(by.actor));
        Act {
            kind: ActKind::EditAccount,
            account,
            user: None,
            key_id: None,
            replaced: None,
            end: None,
            actor,
            at: by.at,
        }
    }
}

fn count(list: &Allowlist) -> Option<usize> {
    match list {
        Allowlist::Any => None,
        Allowlist::Only(set) => Some(set.rules().len()),
    }
}

/// Why an edit was not applied. The account is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidEdit {
    problems: Box<[Problem]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    module: Box<str>,
    kind: ProblemKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum ProblemKind {
    Unknown,
    Rules(InvalidRules),
}

impl InvalidEdit {
    /// Each problem with its module; there is at least one.
    pub fn problems(&self) -> impl Iterator<Item = (&str, Option<&InvalidRules>)> {
        self.problems.iter().map(|problem| {
            let rules = match &problem.kind {
                ProblemKind::Unknown => None,
                ProblemKind::Rules(rules) => Some(rules),
            };
            (&*problem.module, rules)
        })
    }
}

impl fmt::Display for InvalidEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            match &problem.kind {
                ProblemKind::Unknown => {
                    write!(
                        f,
                        "{:?}: module that the account does not have; enable it first",
                        problem.module
                    )?;
                }
                ProblemKind::Rules(rules) => {
                    for (index, line) in rules.lines().iter().enumerate() {
                        write!(f, "{}{:?}: {line}", if index > 0 { "\n" } else { "" }, problem.module)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl core::error::Error for InvalidEdit {}
