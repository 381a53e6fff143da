//! The body of a captured request, by the framing that its head announces (RFC 9112 §6).

use keyward::Headers;

use crate::Result;

/// All of it, or why it cannot be had. `rest` is what stands behind the head.
pub(crate) fn read(headers: Headers<'_>, rest: &[u8]) -> Result<Vec<u8>> {
    if headers.all("transfer-encoding").next().is_some() {
        return chunked(rest);
    }
    let Some(length) = headers.all("content-length").next() else { return Ok(Vec::new()) };
    let length: usize = std::str::from_utf8(length)?.trim().parse()?;
    Ok(rest.get(..length).ok_or(ENDS)?.to_vec())
}

const ENDS: &str = "the request ends before its body does";

fn chunked(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = httparse::parse_chunk_size(rest).map_err(|_| "a chunk without a size")?;
        let httparse::Status::Complete((start, size)) = size else { return Err(ENDS.into()) };
        let size = usize::try_from(size)?;
        if size == 0 {
            return Ok(body);
        }
        let (chunk, behind) = rest[start..].split_at_checked(size).ok_or(ENDS)?;
        body.extend_from_slice(chunk);
        rest = behind.strip_prefix(b"\r\n").ok_or(ENDS)?;
    }
}
