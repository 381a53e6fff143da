//! A synchronous service on std's sockets: the engine without a store, a runtime or any trait.
//!
//! It serves four requests on a loopback port, sends them itself, and prints what came back.

use std::{
    collections::HashMap,
    error::Error,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::SystemTime,
};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, Grant, Headers,
    Keep, KeyId, KeyRing, ModulePolicy, OsEntropy, Pepper, Problem, Render, Reply, RequestHead, Revealed,
    Routes, Subject, Timestamp, Verdict,
};

/// Larger heads are refused.
const MAX_HEAD: usize = 16 * 1024;

struct App {
    engine: Authorizer,
    routes: Routes,
    subjects: HashMap<KeyId, Subject>,
}

impl App {
    /// One request's head in, one whole response out.
    fn answer(&self, head: &[u8], peer: SocketAddr, now: Timestamp) -> Vec<u8> {
        let mut lines = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut lines);
        if !parsed.parse(head).is_ok_and(|status| status.is_complete()) {
            return response(&Reply::new(400, "text/plain", b"no HTTP/1.1 request".into()));
        }
        let lines: Vec<_> = parsed.headers.iter().map(|line| (line.name, line.value)).collect();
        let (method, target) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
        match self.admit(RequestHead::new(method, target, Headers::lines(&lines)), peer, now) {
            Ok(grant) => {
                let hello = format!("hello {}", grant.user().name());
                let mut reply = Reply::new(200, "text/plain", hello.into_bytes());
                reply.headers.extend(grant.notices(self.engine.catalogue()));
                response(&reply)
            }
            Err(reply) => response(&reply),
        }
    }

    fn admit(&self, head: RequestHead<'_>, peer: SocketAddr, now: Timestamp) -> Result<Grant, Reply> {
        let presented = self.engine.present(head);
        let subject = presented.key_id().and_then(|key| self.subjects.get(&key)).cloned();
        let ask = Ask::new(self.routes.resolve(&head), ClientAddr::direct(peer.ip()), now);
        match self.engine.authorize(presented, subject, &ask) {
            Ok(Verdict::Allow(grant)) => Ok(grant),
            Ok(Verdict::Deny(denial)) => Err(Problem.denial(&denial, self.engine.catalogue())),
            // Not a verdict: the operator reads the fault, the caller only that there was one.
            Err(fault) => {
                eprintln!("fault: {fault}");
                Err(Problem.fault(&fault))
            }
        }
    }

    fn serve(&self, listener: &TcpListener, requests: usize) -> std::io::Result<()> {
        for _ in 0..requests {
            let (mut stream, peer) = listener.accept()?;
            #[allow(
                clippy::disallowed_methods,
                reason = "a program, not the library: its clock is the system's"
            )]
            let now = SystemTime::now().into(); // when the head arrives
            let head = read_head(&mut stream)?;
            stream.write_all(&self.answer(&head, peer, now))?;
        }
        Ok(())
    }
}

fn read_head(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while head.len() < MAX_HEAD && !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut chunk)? {
            0 => break,
            read => head.extend_from_slice(&chunk[..read]),
        }
    }
    Ok(head)
}

fn response(reply: &Reply) -> Vec<u8> {
    let lines: String = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (status, length) = (reply.status, reply.body.len());
    let head = format!("HTTP/1.1 {status} \r\n{lines}content-length: {length}\r\nconnection: close\r\n\r\n");
    [head.as_bytes(), &reply.body].concat()
}

fn app() -> Result<(App, Revealed), Box<dyn Error>> {
    let catalogue = Catalogue::builder().module("events", ["events.create", "events.list"]).build()?;
    let routes =
        Routes::new().route("POST", "/events", "events.create").route("GET", "/events", "events.list");
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?)); // from a secret manager

    let account = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
    let list = Allowlist::parse("127.0.0.1")?;
    let mut user =
        ApiUser::new(account.id(), "u1".parse()?, "checkout", AccessLevel::custom(["events.create"]), list)?;
    #[allow(clippy::disallowed_methods, reason = "a program, not the library: its clock is the system's")]
    let by = By::new("admin@acme.test", SystemTime::now().into());
    let revealed = user.issue(Keep::Hashed, engine.keys(), by, &mut OsEntropy)?.reveal();

    let key = revealed.key_id();
    let subject = Subject::new(Arc::new(account), Arc::new(user), key).ok_or("the user has its key")?;
    Ok((App { engine, routes, subjects: HashMap::from([(key, subject)]) }, revealed))
}

fn main() -> Result<(), Box<dyn Error>> {
    let (app, revealed) = app()?;
    let token = revealed.token().expose();
    let requests = [
        format!("POST /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"),
        format!("GET /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"),
        "POST /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer kwk_guess:guess\r\n\r\n"
            .to_owned(),
        "POST /events HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
    ];
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let count = requests.len();
    let server = thread::spawn(move || app.serve(&listener, count));
    for request in &requests {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(request.as_bytes())?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        let line = request.lines().next().unwrap_or_default();
        println!("{line}\n{}\n", reply.replace("\r\n", "\n"));
    }
    server.join().map_err(|_| "the server stopped early")??;
    Ok(())
}
