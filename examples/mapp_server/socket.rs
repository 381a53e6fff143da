//! Enough of HTTP/1.1 for one request a connection. A service has a server for that.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

use keyward::{Headers, Reply, RequestHead};

const MAX_HEAD: usize = 16 * 1024;
const MAX_BODY: usize = 2 << 20;
const LINES: usize = 64;
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Request {
    head: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// `None` if the connection was closed without a word.
    pub(crate) fn read(stream: &mut TcpStream) -> io::Result<Option<Self>> {
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut bytes = Vec::new();
        let (head, length) = loop {
            if let Some((head, length)) = measured(&bytes)? {
                break (head, length);
            }
            if bytes.len() > MAX_HEAD {
                return Err(bad("a head of more than 16 KiB"));
            }
            let mut chunk = [0; 4096];
            match stream.read(&mut chunk)? {
                0 if bytes.is_empty() => return Ok(None),
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                read => bytes.extend_from_slice(&chunk[..read]),
            }
        };
        if length > MAX_BODY {
            return Err(bad("a body of more than 2 MiB"));
        }
        let mut body = bytes.split_off(head);
        let missing = length.saturating_sub(body.len());
        stream.take(missing as u64).read_to_end(&mut body)?;
        if body.len() < length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        body.truncate(length);
        Ok(Some(Self { head: bytes, body }))
    }

    pub(crate) fn with_head<T>(&self, then: impl FnOnce(&RequestHead<'_>) -> T) -> T {
        let mut lines = [httparse::EMPTY_HEADER; LINES];
        let mut parsed = httparse::Request::new(&mut lines);
        // It was parsed once before.
        let _ = parsed.parse(&self.head);
        let lines: Vec<_> = parsed.headers.iter().map(|line| (line.name, line.value)).collect();
        let (method, target) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
        then(&RequestHead::new(method, target, Headers::lines(&lines)))
    }
}

/// The length of the head, once it is whole, and the length of the body that it announces.
fn measured(bytes: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let mut lines = [httparse::EMPTY_HEADER; LINES];
    let mut parsed = httparse::Request::new(&mut lines);
    let httparse::Status::Complete(head) = parsed.parse(bytes).map_err(|_| bad("no HTTP/1.1 request"))?
    else {
        return Ok(None);
    };
    let mut length = 0;
    for line in parsed.headers {
        if line.name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(bad("a body in chunks"));
        }
        if line.name.eq_ignore_ascii_case("content-length") {
            let digits = std::str::from_utf8(line.value).unwrap_or_default();
            length = digits.parse().map_err(|_| bad("a length that is none"))?;
        }
    }
    Ok(Some((head, length)))
}

pub(crate) fn send(stream: &mut TcpStream, reply: &Reply) -> io::Result<()> {
    let headers: String = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = reply.body.len();
    let head = format!(
        "HTTP/1.1 {} -\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n",
        reply.status
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&reply.body)
}

fn bad(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}
