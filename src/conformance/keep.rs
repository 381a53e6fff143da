//! Keeping entries, and finding them again.

use alloc::{collections::BTreeSet, format, string::String, sync::Arc, vec::Vec};
use core::{net::Ipv4Addr, time::Duration};

use super::{
    sizes::NAMES,
    world::{Broken, Checked, NOW, by, caller, counting, hold, holds, key, ring},
};
use crate::{
    access::{AccessLevel, Catalogue},
    account::Account,
    credential::{By, Keep},
    decision::{Code, Denial, Reason, Who},
    id::AccountId,
    journal::{
        CallRecord, Content, Journal, JournalCursor, JournalEntry, JournalPart, JournalQuery, RedactionKey,
        Redactor,
    },
    network::{Allowlist, ClientAddr},
    policy::Strength,
    request::{Headers, RequestHead},
    subject::Subject,
    time::Timestamp,
    user::ApiUser,
};

/// Attempts of a flood: a journal that holds fewer shows what it does when it is full.
const FLOOD: u32 = 4_000;

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn catalogue() -> Result<Catalogue, Broken> {
    let catalogue = Catalogue::builder()
        .module("events", ["events.create", "events.list"])
        .module("coupons", ["coupons.issue"])
        .build();
    Ok(catalogue?)
}

fn subject(account: &str, user: &str) -> Result<Subject, Broken> {
    let account = Account::new(account.parse()?);
    let key_id = format!("key-{user}");
    let mut held = ApiUser::new(account.id(), user.parse()?, user, AccessLevel::Full, Allowlist::none())?;
    hold(&mut held, &key_id, Keep::Hashed, &ring(1, 2)?)?;
    Subject::new(Arc::new(account), Arc::new(held), key(&key_id)?)
        .ok_or_else(|| Broken(String::from("a check could not be set up")))
}

/// A call of a proven caller that was refused.
fn call(account: &str, user: &str, method: &str, code: Code, at: Timestamp) -> Result<JournalEntry, Broken> {
    let catalogue = catalogue()?;
    let denial = Denial::because(code, Reason::AsCoded, Who::Known(subject(account, user)?));
    let client = ClientAddr::direct(Ipv4Addr::LOCALHOST.into());
    let denial = denial.presented(Strength::Secret).asked(client, catalogue.method(method));
    Ok(CallRecord::refused(&denial, at, &catalogue).into())
}

/// A call like many others, told apart by its second.
fn numbered(second: u64) -> Result<JournalEntry, Broken> {
    call("acme", "u1", "events.create", Code::AccessMethod, later(second))
}

/// A call of which nothing was proven.
fn attempt(key_id: &str, source: u32, code: Code, at: Timestamp) -> Result<JournalEntry, Broken> {
    let denial = Denial::because(code, Reason::UnknownKey, Who::Key(key(key_id)?));
    let client = ClientAddr::direct(Ipv4Addr::from_bits(source).into());
    Ok(CallRecord::refused(&denial.asked(client, None), at, &catalogue()?).into())
}

/// An act that has everything that an act can have.
fn full_act() -> Result<JournalEntry, Broken> {
    let mut user = caller("u1", "checkout", "key-1")?;
    let rotated =
        user.rotate(key("key-1")?, Duration::from_secs(60), &ring(1, 2)?, by(), &mut counting(0))?;
    Ok(rotated.act().clone().into())
}

fn act(user: &str) -> Result<JournalEntry, Broken> {
    Ok(caller(user, user, &format!("key-{user}"))?.disable(by()).into())
}

async fn read<J: Journal>(journal: &J, query: JournalQuery) -> Result<Vec<JournalEntry>, Broken> {
    Ok(journal.browse(&query.limit(200)).await?.entries)
}

/// The seconds by which numbered calls are told apart.
fn seconds(entries: &[JournalEntry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.at().unix() - NOW.unix()).collect()
}

pub(super) async fn kept<J: Journal>(journal: &J) -> Checked {
    let made = [
        full_act()?,
        call("acme", "u1", "events.create", Code::AccessMethod, later(1))?,
        attempt("key-x", 1, Code::CredentialInvalid, later(2))?,
    ];
    for entry in &made {
        journal.append([entry.clone()].into()).await?;
    }
    let read = read(journal, JournalQuery::all()).await?;
    holds(
        read.len() == made.len() && made.iter().all(|entry| read.contains(entry)),
        "did not read back what was appended; keep every field: `JournalEntry::encode`",
    )
}

/// Whatever a redactor lets through is kept, and so is whoever acted, as the application names them.
pub(super) async fn any_size<J: Journal>(journal: &J) -> Checked {
    let redactor = Redactor::new(RedactionKey::new([5; 32])?).default_content(Content::Redacted);
    let body = format!("[{}0]", "\"\u{1f6d2} e\u{301}\",".repeat(900)); // many texts, each short enough to be shown
    let json = [("content-type", "application/json".as_bytes())];
    let head = RequestHead::new("POST", "/events", Headers::lines(&json));
    let JournalEntry::Call(call) = numbered(1)? else {
        return Err(Broken("a check could not be set up".into()));
    };
    let call = call.request(head, body.as_bytes(), &redactor);
    let call = call.replied(403, Some(b"application/json"), body.as_bytes(), &redactor);
    let mut made = Vec::from([JournalEntry::from(call)]);
    let long = "\u{1f6d2}".repeat(250);
    for (second, name) in (2..).zip(NAMES.into_iter().chain([long.as_str()])) {
        made.push(caller("u1", "checkout", "key-1")?.disable(By::new(name, later(second))).into());
    }
    journal.append(made.clone()).await?;
    holds(
        read(journal, JournalQuery::all()).await?.iter().eq(made.iter().rev()),
        "cut or changed an entry that is large or not plain ASCII; keep every byte of `encode`, in a column without a limit",
    )
}

pub(super) async fn newest<J: Journal>(journal: &J) -> Checked {
    journal.append([numbered(5)?, numbered(9)?].into()).await?;
    journal.append([numbered(7)?, attempt("key-x", 1, Code::CredentialInvalid, later(3))?].into()).await?;
    let read = read(journal, JournalQuery::all()).await?;
    holds(
        seconds(&read) == [3, 7, 9, 5],
        "listed entries in another order; list what arrived last first, of all parts together",
    )
}

async fn page<J: Journal>(
    journal: &J,
    after: Option<JournalCursor>,
) -> Result<(Vec<i64>, Option<JournalCursor>), Broken> {
    let page = journal.browse(&JournalQuery::all().after(after).limit(3)).await?;
    Ok((seconds(&page.entries), page.next))
}

async fn ten<J: Journal>(journal: &J) -> Checked {
    let ten = (0..10).map(numbered).collect::<Result<_, _>>()?;
    Ok(journal.append(ten).await?)
}

pub(super) async fn pages<J: Journal>(journal: &J) -> Checked {
    ten(journal).await?;
    let (mut seen, mut after) = (Vec::new(), None);
    for _ in 0..5 {
        let (seconds, next) = page(journal, after).await?;
        holds(seconds.len() <= 3, "answered with more than the page's limit; stop there")?;
        seen.extend(seconds);
        after = next;
        if after.is_none() {
            break;
        }
    }
    holds(after.is_none(), "named a next page behind the last one; answer `None`")?;
    holds(
        seen.into_iter().eq((0..10).rev()),
        "left entries out of the pages or repeated them; go on behind the cursor",
    )
}

pub(super) async fn arriving<J: Journal>(journal: &J) -> Checked {
    ten(journal).await?;
    let (_, after) = page(journal, None).await?;
    journal.append([numbered(20)?, numbered(0)?].into()).await?;
    let (second, _) = page(journal, after).await?;
    holds(
        second == [6, 5, 4],
        "moved the next page by entries that arrived; a cursor is an entry's number, never a position",
    )
}

pub(super) async fn leaving<J: Journal>(journal: &J) -> Checked {
    ten(journal).await?;
    let (_, after) = page(journal, None).await?;
    let _ = journal.forget(JournalPart::Calls, later(6)).await?;
    let (second, _) = page(journal, after).await?;
    holds(
        second == [6],
        "moved the next page by entries that were forgotten; a cursor is an entry's number, never a position",
    )
}

/// Entries that differ in one respect each.
async fn various<J: Journal>(journal: &J) -> Result<Vec<JournalEntry>, Broken> {
    let of = |account, user, method, code| call(account, user, method, code, NOW);
    let made = Vec::from([
        of("acme", "u1", "events.create", Code::AccessMethod)?,
        of("ACME", "u1", "events.create", Code::AccessMethod)?,
        of("acme", "u2", "events.create", Code::AccessMethod)?,
        of("acme", "U1", "events.create", Code::AccessMethod)?,
        of("acme", "u1", "events.list", Code::AccessMethod)?,
        of("acme", "u1", "coupons.issue", Code::AccessMethod)?,
        of("acme", "u1", "events.create", Code::AccessIpUser)?,
        attempt("key-x", 1, Code::CredentialInvalid, NOW)?,
        act("u1")?,
        act("u2")?,
    ]);
    journal.append(made.clone()).await?;
    Ok(made)
}

/// Whether what is read is what meets the query, and that there is some.
async fn finds<J: Journal>(journal: &J, made: &[JournalEntry], query: JournalQuery) -> Result<bool, Broken> {
    let read = read(journal, query.clone()).await?;
    let meant: Vec<_> = made.iter().rev().filter(|entry| query.is_met_by(entry)).cloned().collect();
    Ok(!meant.is_empty() && read == meant)
}

pub(super) async fn accounts<J: Journal>(journal: &J) -> Checked {
    let made = various(journal).await?;
    let (acme, other): (AccountId, AccountId) = ("acme".parse()?, "ACME".parse()?);
    for query in [
        JournalQuery::of_account(acme),
        JournalQuery::of_account(other),
        JournalQuery::of_user(acme, "u1".parse()?),
        JournalQuery::of_user(acme, "U1".parse()?),
        JournalQuery::of_user(other, "u1".parse()?),
    ] {
        holds(
            finds(journal, &made, query).await?,
            "showed other entries than the account's or the user's; compare both ids by every byte",
        )?;
    }
    let nobody = read(journal, JournalQuery::of_account("third".parse()?)).await?;
    holds(nobody.is_empty(), "showed entries of other accounts; compare both ids by every byte")
}

pub(super) async fn calls<J: Journal>(journal: &J) -> Checked {
    let made = various(journal).await?;
    for query in [
        JournalQuery::all().module("events"),
        JournalQuery::all().method("events.list"),
        JournalQuery::all().code(Code::AccessIpUser),
        JournalQuery::all().code(Code::CredentialInvalid),
        JournalQuery::of_account("acme".parse()?).module("events").code(Code::AccessIpUser),
    ] {
        holds(
            finds(journal, &made, query).await?,
            "found other calls than were asked for; every condition has to hold",
        )?;
    }
    Ok(())
}

pub(super) async fn parts<J: Journal>(journal: &J) -> Checked {
    let made = various(journal).await?;
    for part in JournalPart::ALL {
        holds(
            finds(journal, &made, JournalQuery::all().part(part)).await?,
            "found entries of another part; tell them by `JournalEntry::part`",
        )?;
    }
    Ok(())
}

pub(super) async fn times<J: Journal>(journal: &J) -> Checked {
    ten(journal).await?;
    let made = (0..10).map(numbered).collect::<Result<Vec<_>, _>>()?;
    for query in [
        JournalQuery::all().since(later(4)),
        JournalQuery::all().until(later(4)),
        JournalQuery::all().since(later(4)).until(later(4)),
    ] {
        holds(
            finds(journal, &made, query).await?,
            "found other entries than those of the time; both ends belong to it",
        )?;
    }
    Ok(())
}

pub(super) async fn displacing<J: Journal>(journal: &J) -> Checked {
    journal.append([act("u1")?, numbered(1)?].into()).await?;
    for first in (0..FLOOD).step_by(100) {
        let hundred = (first..first + 100)
            .map(|source| attempt("key-x", source, Code::CredentialInvalid, NOW))
            .collect::<Result<_, _>>()?;
        journal.append(hundred).await?;
    }
    for part in [JournalPart::Acts, JournalPart::Calls] {
        let read = read(journal, JournalQuery::all().part(part)).await?;
        holds(
            read.len() == 1,
            "gave up what was proven for what was not; let each part have room of its own",
        )?;
    }
    Ok(())
}

pub(super) async fn alike<J: Journal>(journal: &J) -> Checked {
    let one = attempt("key-x", 1, Code::CredentialInvalid, later(1))?;
    let others = [
        attempt("key-y", 1, Code::CredentialInvalid, later(1))?,
        attempt("key-x", 2, Code::CredentialInvalid, later(1))?,
        attempt("key-x", 1, Code::SignatureScope, later(1))?,
    ];
    journal.append([one.clone(), one.clone()].into()).await?;
    journal.append(others.clone().into()).await?;
    journal.append([attempt("key-x", 1, Code::CredentialInvalid, later(9))?].into()).await?;
    let read = read(journal, JournalQuery::all()).await?;
    let count = |of: &JournalEntry| {
        let same = read.iter().filter(|entry| alike_to(entry) == alike_to(of));
        same.map(JournalEntry::count).sum::<u64>()
    };
    holds(
        count(&one) == 3 && others.iter().all(|other| count(other) == 1),
        "counted attempts otherwise; add up those that are alike by code, source and key, and no others",
    )?;
    let last = read.iter().filter(|entry| alike_to(entry) == alike_to(&one)).map(JournalEntry::last).max();
    holds(last == Some(later(9)), "lost when the last of several attempts was; keep the latest moment")?;
    let since = finds_alike(journal, JournalQuery::all().since(later(8)), &one).await?;
    let until = finds_alike(journal, JournalQuery::all().until(later(2)), &one).await?;
    holds(
        since && until,
        "did not find attempts that go on to a moment or began at it; go by the last one's and the first one's",
    )
}

async fn finds_alike<J: Journal>(
    journal: &J,
    query: JournalQuery,
    one: &JournalEntry,
) -> Result<bool, Broken> {
    let read = read(journal, query).await?;
    Ok(read.iter().any(|entry| alike_to(entry) == alike_to(one)))
}

fn alike_to(entry: &JournalEntry) -> Option<String> {
    if let JournalEntry::Call(call) = entry { call.alike() } else { None }
}

pub(super) async fn forgetting<J: Journal>(journal: &J) -> Checked {
    ten(journal).await?;
    let old = attempt("key-x", 1, Code::CredentialInvalid, NOW)?;
    journal.append([act("u1")?, old].into()).await?;
    let forgotten = journal.forget(JournalPart::Calls, later(4)).await?;
    let left = read(journal, JournalQuery::all()).await?;
    let left: BTreeSet<_> = left.iter().map(|entry| (entry.part(), entry.last())).collect();
    let meant = (4..10).map(|second| (JournalPart::Calls, later(second)));
    let meant: BTreeSet<_> = meant.chain([(JournalPart::Acts, NOW), (JournalPart::Attempts, NOW)]).collect();
    holds(
        left == meant,
        "forgot other entries than those of the part that were over before the moment; forget these alone",
    )?;
    holds(forgotten == 4, "counted forgotten entries otherwise; count each")
}
