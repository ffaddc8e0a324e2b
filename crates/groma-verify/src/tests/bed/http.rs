//! Requests and answers as bytes, just enough for one test client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Map, Value as Json, json};

use groma_ir::http::Problem;

/// A request as it came.
pub(super) struct Incoming {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

impl Incoming {
    pub(super) fn read(from: &mut BufReader<TcpStream>) -> Option<Self> {
        let line = read_line(from)?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let mut words = line.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let line = read_line(from)?;
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = String::from_utf8_lossy(&line[..colon]).to_lowercase();
            headers.push((name, line[colon + 1..].trim_ascii().to_vec()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(0, |(_, value)| String::from_utf8_lossy(value).parse().unwrap());
        let mut body = vec![0; length];
        from.read_exact(&mut body).ok()?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        Some(Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body,
        })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        std::str::from_utf8(value).ok()
    }
}

fn read_line(from: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)
        .ok()
        .filter(|count| *count > 0)?;
    Some(line.trim_ascii_end().to_vec())
}

/// An answer to be sent.
#[derive(Clone)]
pub(super) struct Outgoing {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Outgoing {
    pub(super) fn json(status: u16, body: &Json) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        }
        .with("Content-Type", "application/json")
    }

    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(super) fn problem(problem: &Problem, path: &str, errors: &[(String, String)]) -> Self {
        let mut body = Map::new();
        body.insert("type".into(), json!(problem.type_uri()));
        body.insert("title".into(), json!(problem.title()));
        body.insert("status".into(), json!(problem.status()));
        body.insert("detail".into(), json!(problem.detail()));
        body.insert("instance".into(), json!(path));
        body.insert("request_id".into(), json!("r1"));
        if problem.has_errors() {
            let error = |(code, at): &(String, String)| {
                let place = if at.starts_with('/') || at.is_empty() {
                    "pointer"
                } else {
                    "parameter"
                };
                json!({"detail": "It does not fit.", "code": code, place: at})
            };
            body.insert("errors".into(), errors.iter().map(error).collect());
        }
        let answer = Self {
            status: problem.status(),
            headers: Vec::new(),
            body: Json::Object(body).to_string().into_bytes(),
        };
        answer.with("Content-Type", "application/problem+json")
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn write(&self, to: &mut TcpStream, is_head: bool) -> std::io::Result<()> {
        let mut bytes = format!("HTTP/1.1 {} X\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        if self.status != 204 && self.status != 304 {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        if !is_head && self.status != 204 && self.status != 304 {
            bytes.extend_from_slice(&self.body);
        }
        to.write_all(&bytes)
    }
}

/// Undoes percent-encoding; `None` where it is broken or not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}
