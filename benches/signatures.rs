//! A signed request from its head to the verdict, by scheme, its caller's key at hand; and a delivery.

use std::{hint::black_box, sync::Arc};

use criterion::Criterion;
use keyward::{
    AccessLevel, Allowlist, ApiUser, Ask, Authorizer, ClientAddr, Headers, Keep, KeyRing, MessageProfile,
    MessageSigner, ModulePolicy, Payload, Pepper, Policy, Profile, RequestHead, Schemes, SealingKey, Secret,
    Signer, Step, Strength, Subject, Verdict, Webhook,
};

use crate::world::{NOW, Random, account, by, catalogue, method};

const HOST: &str = "api.example.test";
const TARGET: &str = "/v1/projects/42/contacts?limit=50&offset=100&sort=created_at&filter=active%20users";
const PLAIN: [(&str, &str); 4] = [
    ("host", HOST),
    ("accept", "application/json"),
    ("content-type", "application/json"),
    ("user-agent", "till/1.0"),
];
const BODY: [u8; 1024] = [b'x'; 1024];

type Lines = Vec<(String, String)>;

struct Service {
    engine: Authorizer,
    subject: Subject,
    secret: String,
}

impl Service {
    fn new(schemes: impl FnOnce(Authorizer) -> Authorizer) -> Self {
        let ring = KeyRing::new(Pepper::new(1, [7; 32]).expect("32 bytes"));
        let ring = ring.sealing(SealingKey::new(1, [9; 32]).expect("32 bytes")).expect("one of this number");
        let engine = schemes(Authorizer::new(catalogue(), ring)).authorities([HOST]);
        let policy = ModulePolicy::default().strength(Policy::enforce(Strength::Signature));
        let account = account().enable("all", policy);
        let id = "till".parse().expect("an id");
        let mut user =
            ApiUser::new(account.id(), id, "till", AccessLevel::Full, Allowlist::Any).expect("a name");
        let keep = Keep::Sealed(Schemes::SIGV4.and(Schemes::RFC9421));
        let made = user.issue(keep, engine.keys(), by(), &mut Random(4)).expect("room for one").reveal();
        let subject = Subject::new(Arc::new(account), Arc::new(user), made.key_id()).expect("its own key");
        Self { engine, subject, secret: made.secret().expose().to_owned() }
    }

    fn signed(&self, profile: &Profile, method: &str, body: Payload<'_>) -> Lines {
        let secret = Secret::new(self.secret.clone());
        let signer =
            Signer::new(profile.clone(), self.subject.key_id(), secret).also(["accept", "content-type"]);
        let lines = PLAIN.map(|(name, value)| (name, value.as_bytes()));
        let made = signer.sign(RequestHead::new(method, TARGET, Headers::lines(&lines)), body, NOW);
        with(made.expect("a request to sign").iter())
    }

    fn message(&self, method: &str, body: Payload<'_>) -> Lines {
        let secret = Secret::new(self.secret.clone());
        let signer = MessageSigner::new(MessageProfile::new(), self.subject.key_id(), secret);
        let lines = PLAIN.map(|(name, value)| (name, value.as_bytes()));
        let made = signer.sign(RequestHead::new(method, TARGET, Headers::lines(&lines)), body, NOW);
        with(made.expect("a request to sign").iter())
    }

    fn takes(&self, subject: Subject, head: RequestHead<'_>, body: Payload<'_>) -> bool {
        let mut presented = self.engine.present(head);
        presented.set_body(body);
        let client = ClientAddr::direct([192, 0, 2, 77].into());
        let step = self.engine.decide(presented, Some(subject), &Ask::new(method(0).as_str(), client, NOW));
        matches!(step, Ok(Step::Done(Verdict::Allow(_)) | Step::Claim(_)))
    }
}

fn with<'n, 'm>(made: impl Iterator<Item = (&'n str, &'m str)>) -> Lines {
    let own = PLAIN.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    own.chain(made.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

pub(crate) fn all(criterion: &mut Criterion) {
    let (aws, escher) = (Profile::aws("us-east-1", "example"), Profile::escher("eu/bench/escher_request"));
    let by_aws = Service::new(|engine| engine.profile(aws.clone()));
    let by_escher = Service::new(|engine| engine.profile(escher.clone()));
    let by_message = Service::new(|engine| engine.messages(MessageProfile::new()));
    let (none, some) = (Payload::Absent, Payload::Bytes(&BODY));
    let rows = [
        ("SigV4 GET", &by_aws, by_aws.signed(&aws, "GET", none), "GET", none),
        ("SigV4 POST", &by_aws, by_aws.signed(&aws, "POST", some), "POST", some),
        ("Escher GET", &by_escher, by_escher.signed(&escher, "GET", none), "GET", none),
        ("Escher POST", &by_escher, by_escher.signed(&escher, "POST", some), "POST", some),
        ("RFC 9421 GET", &by_message, by_message.message("GET", none), "GET", none),
        ("RFC 9421 POST", &by_message, by_message.message("POST", some), "POST", some),
    ];
    let mut group = criterion.benchmark_group("signatures");
    for (name, service, lines, method, body) in &rows {
        let lines: Vec<_> = lines.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let head = RequestHead::new(method, TARGET, Headers::lines(&lines));
        let warm = service.subject.clone();
        assert!(service.takes(warm.clone(), head, *body), "{name}");
        let other = RequestHead::new(method, "/v1/projects/43/contacts", Headers::lines(&lines));
        assert!(!service.takes(warm.clone(), other, *body), "{name}");
        group.bench_function(*name, |run| {
            run.iter(|| service.takes(warm.clone(), black_box(head), black_box(*body)));
        });
    }
    let webhook = Webhook::new(
        "shop".parse().expect("an id"),
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().expect("a secret"),
    );
    let made = webhook.sign("msg_1", NOW, &BODY).expect("an id of its form");
    let lines: Vec<_> = made.iter().map(|(name, value)| (name, value.as_bytes())).collect();
    let takes = |body: &[u8]| webhook.verify(Headers::lines(black_box(&lines)), body, NOW).is_ok();
    assert!(takes(&BODY) && !takes(b"another"));
    group.bench_function("delivery", |run| run.iter(|| takes(black_box(&BODY))));
}
