//! Guards the promise that everything a service holds or passes on can be shared between threads and kept, that what
//! a request passes by value stays small, and that errors are errors.

use std::{convert::Infallible, error::Error, hash::Hash, mem::size_of_val};

use keyward::*;

struct Nobody;

impl Lookup for Nobody {
    type Error = Infallible;
    async fn find(&self, _: KeyId) -> Result<Option<Subject>, Infallible> {
        Ok(None)
    }
}

trait Shared: Send + Sync + Unpin {}
impl<T: Send + Sync + Unpin> Shared for T {}

fn shared<T: Shared>() {}
fn kept<T: Shared + 'static>() {}
fn cloned<T: Shared + Clone + 'static>() {}
fn copied<T: Shared + Copy>() {}
fn keyed<T: Copy + Eq + Ord + Hash + 'static>() {}
fn error<T: Error + Send + Sync + 'static>() {}

#[test]
fn what_a_service_holds_is_shared_between_threads_and_kept() {
    kept::<Authorizer>();
    kept::<Catalogue>();
    kept::<CatalogueBuilder>();
    kept::<Routes>();
    kept::<KeyRing>();
    kept::<Pepper>();
    kept::<SealingKey>();
    kept::<WebhookSecret>();
    kept::<Webhook>();
    kept::<MessageProfile>();
    kept::<MessageSigner>();
    kept::<MessageSignature>();
    kept::<Diagnosis>();
    kept::<Difference>();
    copied::<Cause>();
    copied::<Clue<'static>>();
    copied::<EscherText<'static>>();
    kept::<WebhookHeaders>();
    kept::<Gate<Nobody>>();
    kept::<Gate<std::sync::Arc<Nobody>, NoReplayGuard>>();
    kept::<Gate<DynLookup>>();
    kept::<Account>();
    kept::<ApiUser>();
    kept::<Credential>();
    kept::<Subject>();
    kept::<ModulePolicy>();
    kept::<Policy<Allowlist>>();
    kept::<AccessLevel>();
    kept::<MethodNames>();
    kept::<Integration>();
    kept::<UserLint>();
    kept::<AccountLint>();
    kept::<Allowlist>();
    kept::<RuleSet>();
    kept::<Rule>();
    kept::<AddressSet>();
    kept::<Lint>();
    kept::<TrustedProxies>();
    kept::<Redactor>();
    #[cfg(feature = "std")]
    {
        cloned::<Recorder>();
        kept::<Drain>();
        kept::<MemoryJournal>();
        kept::<LastUsed>();
        kept::<DeprecatedUses>();
    }
    #[cfg(feature = "memory")]
    kept::<MemoryStore>();
    #[cfg(feature = "memory")]
    kept::<Gate<Nobody, MemoryReplay>>();
    #[cfg(feature = "mapp")]
    {
        kept::<mapp::Envelope>();
        kept::<mapp::Request<'static>>();
        shared::<mapp::Arg<'static>>();
        copied::<mapp::Reader>();
    }
    #[cfg(feature = "conformance")]
    {
        kept::<conformance::Report>();
        kept::<conformance::FaultPlan>();
        copied::<conformance::Inject>();
    }
    #[cfg(all(feature = "conformance", feature = "std"))]
    {
        kept::<conformance::Faulty<Nobody>>();
        cloned::<conformance::FakeClock>();
    }
    #[cfg(feature = "os-rng")]
    kept::<OsEntropy>();
}

#[test]
fn what_is_issued_is_shared_between_threads_and_kept() {
    kept::<Secret>();
    kept::<Reveal>();
    kept::<Revealed>();
    kept::<Act>();
    kept::<BodyHasher>();
}

#[test]
fn what_is_decided_is_shared_between_threads_and_kept() {
    kept::<Step>();
    kept::<Unclaimed>();
    kept::<ReplayKey>();
    kept::<Result<Verdict, Fault>>();
    cloned::<Reply>();
    copied::<Problem>();
    copied::<AntavoErrors>();
    cloned::<Challenge>();
    kept::<Box<dyn Render + Send + Sync>>();
}

#[test]
fn what_a_request_lends_is_shared_between_threads() {
    shared::<Presented<'_>>();
    shared::<PublicFace<'_>>();
    shared::<OperatorFace<'_>>();
    shared::<RuleIndex<'_>>();
}

#[test]
fn a_verdict_is_cloned_and_kept_for_an_extension_or_a_journal() {
    cloned::<Verdict>();
    cloned::<Grant>();
    cloned::<Denial>();
    cloned::<Subject>();
    cloned::<CallRecord>();
    cloned::<JournalEntry>();
    cloned::<JournalQuery>();
    cloned::<JournalPage>();
    kept::<Recording>();
}

#[test]
fn a_batch_in_flight_is_sent_between_threads() {
    shared::<Batch<'_, &str, String>>();
    shared::<Turn<'_, '_, &str, String>>();
    kept::<Results<String>>();
    kept::<CallOutcome<String>>();
    kept::<Admission>();
    kept::<AdmitStep>();
    copied::<OnError>();
    copied::<Decided<'_>>();
    kept::<Tally>();
}

#[test]
fn ids_moments_and_codes_are_copied_and_are_keys_of_maps() {
    keyed::<KeyId>();
    keyed::<UserId>();
    keyed::<AccountId>();
    keyed::<IntegrationId>();
    keyed::<MethodId>();
    keyed::<Timestamp>();
    keyed::<Strength>();
    keyed::<Code>();
    keyed::<Stage>();
    keyed::<Finding>();
    keyed::<JournalPart>();
    keyed::<JournalCursor>();
}

#[test]
fn what_is_asked_and_found_is_copied() {
    copied::<Ask<'_>>();
    copied::<Wanted<'_>>();
    copied::<RequestHead<'_>>();
    copied::<Headers<'_>>();
    copied::<By<'_>>();
    copied::<Delivery<'_>>();
    copied::<CallSource>();
    copied::<ClientAddr>();
    copied::<AddrSource>();
    copied::<Forwarding>();
    copied::<Local>();
    copied::<Findings>();
    copied::<BodyDigest>();
    copied::<HashAlg>();
    copied::<Claim>();
    copied::<Insert>();
    copied::<Write>();
    copied::<Stop>();
    copied::<Deprecation>();
    copied::<Lifecycle>();
    copied::<Life>();
    copied::<Mode>();
    copied::<Keep>();
    copied::<Vendor>();
}

#[test]
fn every_error_is_an_error_that_threads_pass_on() {
    error::<Denial>();
    error::<EntropyError>();
    error::<Fault>();
    error::<InvalidCatalogue>();
    error::<InvalidChallenge>();
    error::<InvalidCursor>();
    error::<Uncovered>();
    error::<InvalidId>();
    error::<InvalidKey>();
    error::<InvalidLine>();
    error::<InvalidName>();
    error::<InvalidRule>();
    error::<InvalidRules>();
    error::<InvalidVendor>();
    error::<InvalidWebhookSecret>();
    error::<IssueError>();
    error::<NoGuard>();
    error::<RuleProblem>();
    error::<UnknownKey>();
    error::<LookupFailed>();
    error::<MessageSignError>();
    error::<WebhookError>();
    error::<Refusal>();
    #[cfg(feature = "memory")]
    error::<ClaimFailed>();
    #[cfg(feature = "mapp")]
    {
        error::<mapp::InvalidRequest>();
        error::<mapp::RequestProblem>();
        error::<mapp::UnknownResponseType>();
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_subject_is_one_pointer() {
    assert_eq!(size_of::<Subject>(), 8);
    assert_eq!(size_of::<Option<Subject>>(), 8);
}

/// 128 bytes is where clippy's `result_large_err` starts.
#[test]
fn a_verdict_fits_in_a_result() {
    assert!(size_of::<Grant>() <= 128, "{}", size_of::<Grant>());
    assert!(size_of::<Denial>() <= 128, "{}", size_of::<Denial>());
}

#[test]
fn what_is_presented_fits_in_seven_cache_lines() {
    // A signed request keeps its head and what was read of its signature; boxing that would allocate.
    assert!(size_of::<Presented<'_>>() <= 448, "{}", size_of::<Presented<'_>>());
}

/// Whatever the store and the guard are, and whatever the request lends.
fn decided<'a, L: Lookup, R: ReplayGuard>(
    gate: &'a Gate<L, R>,
    presented: Presented<'a>,
    ask: &'a Ask<'a>,
) -> impl Future<Output = Result<Verdict, Fault>> + Send {
    gate.authorize(presented, ask)
}

fn size_of_decision<L: Lookup>(store: L) -> usize {
    let catalogue = Catalogue::builder().build().expect("an empty catalogue");
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32]).expect("a pepper")));
    let gate = Gate::new(engine, store);
    let presented = Presented::key_only("kwk_0000000000000000".parse().expect("a key id"));
    let ask = Ask::new("events.list", ClientAddr::unknown(), Timestamp::from_unix(0));
    size_of_val(&decided(&gate, presented, &ask))
}

fn admitted<'a, L: Lookup, R: ReplayGuard>(
    gate: &'a Gate<L, R>,
    presented: Presented<'a>,
) -> impl Future<Output = Result<Admission, Fault>> + Send {
    gate.admit(presented, Timestamp::from_unix(0))
}

/// Whatever the calls are and the handlers return, as long as threads may pass both on.
fn turned<'t, 'b: 't, L: Lookup, R: ReplayGuard, C: BatchCall + Sync, T: Send>(
    gate: &'t Gate<L, R>,
    batch: &'t mut Batch<'b, C, T>,
) -> impl Future<Output = Option<Turn<'t, 'b, C, T>>> + Send {
    gate.turn(batch, Timestamp::from_unix(0))
}

fn sizes_of_a_batch<L: Lookup>(store: L) -> (usize, usize) {
    let key = "kwk_0000000000000000".parse().expect("a key id");
    let catalogue = Catalogue::builder().build().expect("an empty catalogue");
    let ring = KeyRing::new(Pepper::new(1, [7; 32]).expect("a pepper"));
    let account = Account::new("acme".parse().expect("an id"));
    let account = account.default_policy(ModulePolicy::default().danger_key_only());
    let id = "u1".parse().expect("an id");
    let mut user = ApiUser::new(account.id(), id, "u", AccessLevel::Full, Allowlist::Any).expect("a name");
    let pair = Imported::new("key-of-old".parse().expect("a key id"), Secret::new("0123456789abcdef".into()));
    let by = By::new("admin", Timestamp::from_unix(0));
    let mut unused = |_: &mut [u8]| Ok(());
    let _ = user.import(&pair.expect("a secret"), Keep::Hashed, &ring, by, &mut unused).expect("room");
    let gate = Gate::new(Authorizer::new(catalogue, ring), store);
    let admission = size_of_val(&admitted(&gate, Presented::key_only(key)));
    let subject = Subject::new(account.into(), user.clone().into(), user.credentials()[0].key_id());
    let presented = Presented::key_only(user.credentials()[0].key_id());
    let step = gate.engine().admit(presented, subject, Timestamp::from_unix(0)).expect("no fault");
    let AdmitStep::Done(Admission::Admit(who)) = step else { panic!("{step:?}") };
    let client = ClientAddr::unknown();
    let mut batch = Batch::<&str, String>::new(who, client, &["a"], OnError::Halt, gate.engine());
    (admission, size_of_val(&turned(&gate, &mut batch)))
}

#[test]
fn an_admission_and_a_turn_in_flight_take_at_most_two_kibibytes() {
    let (admission, turn) = sizes_of_a_batch(Nobody);
    println!("an admission takes {admission} bytes, a turn {turn}, a decision {}", size_of_decision(Nobody));
    assert!(admission <= 2048, "{admission}");
    assert!(turn <= 2048, "{turn}");
}

#[test]
#[cfg(feature = "std")]
fn draining_is_sent_between_threads() {
    fn sent<T: Send + 'static>(_: T) {}
    let (recorder, drain) = Recorder::bounded(1);
    sent(drain.drain_into(std::sync::Arc::new(MemoryJournal::bounded(16, 1 << 10))));
    drop(recorder);
}

#[test]
fn a_decision_in_flight_is_sent_between_threads_and_takes_at_most_two_kibibytes() {
    assert!(size_of_decision(Nobody) <= 2048, "{}", size_of_decision(Nobody));
    #[cfg(feature = "memory")]
    assert!(size_of_decision(MemoryStore::new()) <= 2048, "{}", size_of_decision(MemoryStore::new()));
}
