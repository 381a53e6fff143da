//! What the story prints.

use std::fmt;

use keyward::{ApiUser, Authorizer, Catalogue, Grant, KeyId, Lifecycle, Revealed, Routes, Verdict};

use crate::Result;

/// The methods by module, with what is not current.
pub(crate) fn offer(engine: &Authorizer, routes: &Routes) -> String {
    let catalogue = engine.catalogue();
    let mut text = String::new();
    for module in catalogue.modules() {
        let methods: Vec<_> = routes.names().filter(|name| in_module(catalogue, name, module)).collect();
        let methods: Vec<_> = methods.iter().map(|name| format!("{name}{}", note(catalogue, name))).collect();
        text += &format!("  {module:<12} {}\n", methods.join(", "));
    }
    text
}

fn in_module(catalogue: &Catalogue, name: &str, module: &str) -> bool {
    catalogue.method(name).and_then(|method| catalogue.module_of(method)) == Some(module)
}

fn note(catalogue: &Catalogue, name: &str) -> &'static str {
    match catalogue.method(name).and_then(|method| catalogue.lifecycle(method)) {
        Some(Lifecycle::Deprecated { .. }) => " (deprecated)",
        Some(Lifecycle::Retired) => " (retired)",
        _ => "",
    }
}

/// A new credential, as its owner is shown it.
pub(crate) fn revealed(user: &ApiUser, revealed: &Revealed) -> String {
    format!("{}  {:<11} secret {}\n", owner(user, revealed.key_id()), "", revealed.secret().expose())
}

/// A credential that was brought along: its owner knows the secret.
pub(crate) fn imported(user: &ApiUser) -> String {
    user.credentials().iter().map(|credential| owner(user, credential.key_id())).collect()
}

fn owner(user: &ApiUser, key: KeyId) -> String {
    let list = user.allowlist().to_string().replace('\n', ", ");
    let list = if list.is_empty() { "nowhere of its own".to_owned() } else { list };
    format!("  {:<11} calls from {list}\n  {:<11} key    {key}\n", user.name(), "")
}

/// One entry per request: what it was, the verdict, the code; below it the sentence for the back office.
#[derive(Default)]
pub(crate) struct Rows(Vec<Row>);

struct Row {
    request: String,
    verdict: &'static str,
    code: String,
    sentence: String,
    changed: bool,
}

impl Rows {
    pub(crate) fn push(&mut self, request: &str, verdict: &Result<Verdict>, catalogue: &Catalogue) {
        let (verdict, code, sentence) = match verdict {
            Ok(Verdict::Allow(grant)) => ("allow", String::new(), allowed(grant, catalogue)),
            Ok(Verdict::Deny(denial)) => {
                let code = format!("{} {}", denial.public().status(), denial.code());
                ("deny", code, denial.operator().sentence(catalogue).to_string())
            }
            Err(error) => ("none", String::new(), error.to_string()),
        };
        self.0.push(Row { request: request.to_owned(), verdict, code, sentence, changed: false });
    }

    /// The marked rows alone, and how many others there are.
    pub(crate) fn changes(&self) -> String {
        let rows: String = self.0.iter().filter(|row| row.changed).map(Row::to_string).collect();
        let same = self.0.iter().filter(|row| !row.changed).count();
        format!("{rows}  {same} others as before\n")
    }

    /// Marks the rows whose verdict or code is another than in `before`.
    pub(crate) fn compared_with(mut self, before: &Self) -> Self {
        for (row, before) in self.0.iter_mut().zip(&before.0) {
            row.changed = (row.verdict, &row.code) != (before.verdict, &before.code);
        }
        self
    }
}

fn allowed(grant: &Grant, catalogue: &Catalogue) -> String {
    let method = catalogue.name(grant.method()).unwrap_or_default();
    let mut sentence = format!("user {:?} may call {method} with {}", grant.user().name(), grant.strength());
    for finding in grant.observed().iter() {
        sentence += &format!("; observed, enforced it would be {finding}");
    }
    if let Some(sunset) = grant.deprecation().and_then(|notice| notice.sunset) {
        sentence += &format!("; the method stops at {sunset}");
    }
    sentence
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {:<34} {:<7} code", "request", "verdict")?;
        self.0.iter().try_for_each(|row| row.fmt(f))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.changed { '>' } else { ' ' };
        let line = format!("{mark} {:<34} {:<7} {}", self.request, self.verdict, self.code);
        writeln!(f, "{}", line.trim_end())?;
        wrapped(&self.sentence, 94).iter().try_for_each(|line| writeln!(f, "       {line}"))
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        if lines.last().is_some_and(|line| line.len() + word.len() >= width) {
            lines.push(String::new());
        }
        let Some(line) = lines.last_mut() else { continue };
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines
}
