//! What came back, read from the wire.

use std::io::{self, BufRead, Read};

use serde_json::Value as Json;

const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 16 * 1024 * 1024;

/// An answer as it came.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The headers, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The first header of this name (lower case).
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The media type without its parameters.
    pub(crate) fn media_type(&self) -> Option<&str> {
        self.header("content-type")
            .map(|value| value.split(';').next().unwrap_or(value).trim())
    }

    /// The body as JSON, if it is JSON.
    pub(crate) fn json(&self) -> Option<Json> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as text, whatever it is.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether the server will take another request on this connection.
    pub(super) fn keeps_alive(&self) -> bool {
        !self
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// Reads one final answer; informational ones (1xx) are passed over.
pub(super) fn read(from: &mut impl BufRead, is_head: bool) -> io::Result<Answer> {
    for _ in 0..8 {
        let mut answer = read_head(from)?;
        if answer.status >= 200 {
            answer.body = read_body(from, &answer, is_head)?;
            return Ok(answer);
        }
    }
    Err(malformed("too many informational answers"))
}

fn read_head(from: &mut impl BufRead) -> io::Result<Answer> {
    let mut budget = MAX_HEAD;
    let status_line = read_line(from, &mut budget)?;
    let status = status_line
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|code| code.parse().ok())
        .filter(|code| (100..600).contains(code))
        .ok_or_else(|| malformed("the status line does not read `HTTP/1.1 nnn`"))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(from, &mut budget)?;
        if line.is_empty() {
            return Ok(Answer {
                status,
                headers,
                body: Vec::new(),
            });
        }
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| malformed("a header has no colon"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn read_line(from: &mut impl BufRead, budget: &mut usize) -> io::Result<String> {
    let mut line = Vec::new();
    let limit = u64::try_from(*budget).unwrap_or(u64::MAX);
    let count = from.by_ref().take(limit).read_until(b'\n', &mut line)?;
    if count == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    *budget = budget.saturating_sub(count);
    let text = line
        .strip_suffix(b"\r\n")
        .ok_or_else(|| malformed("a line of the head does not end, or is too long"))?;
    Ok(String::from_utf8_lossy(text).into_owned())
}

fn read_body(from: &mut impl BufRead, answer: &Answer, is_head: bool) -> io::Result<Vec<u8>> {
    if is_head || answer.status == 204 || answer.status == 304 {
        return Ok(Vec::new());
    }
    if answer
        .header("transfer-encoding")
        .is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
    {
        return read_chunks(from);
    }
    if let Some(length) = answer.header("content-length") {
        let length = length
            .parse()
            .map_err(|_| malformed("`content-length` is not a number"))?;
        read_exactly(from, length)
    } else {
        let mut body = Vec::new();
        from.take(MAX_BODY as u64).read_to_end(&mut body)?;
        Ok(body)
    }
}

fn read_chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(from, &mut 1024)?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(digits, 16).map_err(|_| malformed("a chunk has no length"))?;
        if length == 0 {
            break;
        }
        if body.len() + length > MAX_BODY {
            return Err(malformed("the body is larger than 16 MiB"));
        }
        body.append(&mut read_exactly(from, length)?);
        read_line(from, &mut 1024)?;
    }
    while !read_line(from, &mut 8192)?.is_empty() {}
    Ok(body)
}

fn read_exactly(from: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    if length > MAX_BODY {
        return Err(malformed("the body is larger than 16 MiB"));
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(body)
}

fn malformed(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
