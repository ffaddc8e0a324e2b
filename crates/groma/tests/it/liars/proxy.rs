//! A proxy between the verifier and a right server, which changes what is asked or what is answered.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

/// A request or an answer.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// The first line, in words.
    pub(crate) start: Vec<String>,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

/// What the proxy has seen so far.
#[derive(Default)]
pub(crate) struct Memory {
    /// The last `Authorization` that brought a success.
    pub(crate) token: Option<Vec<u8>>,
    /// Items of lists, by the `Authorization` that brought them.
    pub(crate) items: Vec<(Vec<u8>, Json)>,
    /// How many requests went through.
    pub(crate) count: u32,
}

/// A way to lie.
#[derive(Clone, Copy)]
pub(crate) enum Lie {
    /// Changes what is asked.
    Ask(fn(&mut Message, &Memory)),
    /// Asks something else when it sees the answer.
    AskAgain(fn(&Message, &Message, &Memory) -> Option<Message>),
    /// Changes what is answered.
    Answer(fn(&Message, &mut Message, &Memory)),
}

impl Message {
    fn read(from: &mut impl BufRead, is_bodiless: bool) -> Option<Message> {
        let start = String::from_utf8_lossy(&line(from)?).into_owned();
        let mut headers = Vec::new();
        loop {
            let line = line(from)?;
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = String::from_utf8_lossy(&line[..colon]).to_lowercase();
            headers.push((name, line[colon + 1..].trim_ascii().to_vec()));
        }
        let mut message = Message {
            start: start.splitn(3, ' ').map(str::to_owned).collect(),
            headers,
            body: Vec::new(),
        };
        let length = message.header("content-length").unwrap_or_default();
        let length = if is_bodiless || message.status() == 304 {
            0
        } else {
            length.parse().unwrap_or(0)
        };
        message.body = vec![0; length];
        from.read_exact(&mut message.body).ok()?;
        Some(message)
    }

    fn write(&self, to: &mut impl Write) -> std::io::Result<()> {
        let mut bytes = self.start.join(" ").into_bytes();
        bytes.extend(b"\r\n");
        for (name, value) in &self.headers {
            bytes.extend(name.as_bytes());
            bytes.extend(b": ");
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        to.write_all(&bytes)
    }

    pub(crate) fn method(&self) -> &str {
        &self.start[0]
    }

    pub(crate) fn path(&self) -> &str {
        &self.start[1]
    }

    pub(crate) fn status(&self) -> u16 {
        self.start[1].parse().unwrap_or(0)
    }

    pub(crate) fn set_status(&mut self, status: u16) {
        self.start[1] = status.to_string();
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(String::from_utf8_lossy(value).into_owned())
    }

    /// Puts a header in place of those of its name.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.drop_header(name);
        self.headers.push((name.to_owned(), value.into()));
    }

    pub(crate) fn drop_header(&mut self, name: &str) {
        self.headers.retain(|(known, _)| known != name);
    }

    pub(crate) fn json(&self) -> Option<Json> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn set_json(&mut self, body: &Json) {
        self.body = body.to_string().into_bytes();
        self.set("content-length", self.body.len().to_string());
    }

    /// The parameters of the query without those of a name.
    pub(crate) fn drop_parameter(&mut self, is_it: impl Fn(&str) -> bool) {
        let Some((path, query)) = self.start[1].clone().split_once('?').map(pair) else {
            return;
        };
        let kept: Vec<&str> = query
            .split('&')
            .filter(|part| !is_it(part.split('=').next().unwrap()))
            .collect();
        self.start[1] = if kept.is_empty() {
            path
        } else {
            format!("{path}?{}", kept.join("&"))
        };
    }
}

fn pair((path, query): (&str, &str)) -> (String, String) {
    (path.to_owned(), query.to_owned())
}

fn line(from: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)
        .ok()
        .filter(|count| *count > 0)?;
    Some(line.trim_ascii_end().to_vec())
}

/// Listens before a server on this machine until the process ends; the port that it listens on.
pub(crate) fn before(server: u16, lie: Lie) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let memory = Arc::new(Mutex::new(Memory::default()));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let memory = Arc::clone(&memory);
            std::thread::spawn(move || pass(stream, server, lie, &memory));
        }
    });
    port
}

/// Carries requests and answers until either side is done.
fn pass(client: TcpStream, server: u16, lie: Lie, memory: &Mutex<Memory>) -> Option<()> {
    client.set_nodelay(true).ok()?;
    let mut from_client = BufReader::new(client.try_clone().ok()?);
    let upstream = TcpStream::connect(("127.0.0.1", server)).ok()?;
    upstream.set_nodelay(true).ok()?;
    let mut to_client = client;
    let mut to_server = upstream.try_clone().ok()?;
    let mut from_server = BufReader::new(upstream);
    loop {
        let mut request = Message::read(&mut from_client, false)?;
        if let Lie::Ask(change) = lie {
            change(&mut request, &memory.lock().unwrap());
        }
        let mut ask = |request: &Message| {
            request.write(&mut to_server).ok()?;
            Message::read(&mut from_server, request.method() == "HEAD")
        };
        let mut answer = ask(&request)?;
        let again = match lie {
            Lie::AskAgain(change) => change(&request, &answer, &memory.lock().unwrap()),
            Lie::Ask(_) | Lie::Answer(_) => None,
        };
        if let Some(other) = again {
            // What the other request brought says nothing of this one's token.
            ask(&other)?.write(&mut to_client).ok()?;
            continue;
        }
        if let Lie::Answer(change) = lie {
            change(&request, &mut answer, &memory.lock().unwrap());
        }
        remember(&mut memory.lock().unwrap(), &request, &answer);
        answer.write(&mut to_client).ok()?;
    }
}

fn remember(memory: &mut Memory, request: &Message, answer: &Message) {
    memory.count += 1;
    let token = request
        .headers
        .iter()
        .find(|(name, _)| name == "authorization")
        .map(|(_, value)| value.clone());
    let Some(token) = token.filter(|_| answer.status() < 300) else {
        return;
    };
    let items = answer
        .json()
        .and_then(|body| body.get("items").and_then(Json::as_array).cloned());
    let is_known = |item: &Json, memory: &Memory| memory.items.iter().any(|(_, known)| known == item);
    for item in items.unwrap_or_default() {
        if !is_known(&item, memory) {
            memory.items.push((token.clone(), item));
        }
    }
    memory.token = Some(token);
}
