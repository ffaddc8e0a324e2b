//! One connection, kept alive, with bounds on requests and time.

use std::io::{self, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use super::answer::{self, Answer};
use super::{NetError, Url};

/// A request, to the byte.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Request {
    /// The method.
    pub(crate) method: String,
    /// Path and query below the base address, already encoded.
    pub(crate) path: String,
    /// Headers beside `Host` and `Content-Length`, in order; a name may come twice.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// The body; `None` sends no `Content-Length` either.
    pub(crate) body: Option<Vec<u8>>,
}

impl Request {
    /// A request without headers and body.
    pub(crate) fn new(method: &str, path: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            path: path.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// Adds a header.
    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// `GET /api/tasks`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Bounds of a whole run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) requests: u32,
    pub(crate) time: Duration,
    pub(crate) answer_within: Duration,
}

/// Sends requests to one address.
pub(crate) struct Client {
    url: Url,
    addresses: Vec<SocketAddr>,
    budget: Budget,
    started: Instant,
    sent: u32,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    /// A client that has not connected yet.
    pub(crate) fn new(url: Url, allowed: &[String], budget: Budget) -> Result<Self, NetError> {
        let addresses = url.resolve(allowed)?;
        Ok(Self {
            url,
            addresses,
            budget,
            started: Instant::now(),
            sent: 0,
            connection: None,
        })
    }

    /// The address.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// How many requests were sent.
    pub(crate) fn sent(&self) -> u32 {
        self.sent
    }

    /// How long ago the run began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Time that is left.
    pub(crate) fn remaining(&self) -> Duration {
        self.budget.time.saturating_sub(self.started.elapsed())
    }

    /// Sends a request and reads the answer.
    pub(crate) fn send(&mut self, request: &Request) -> Result<Answer, NetError> {
        if self.sent >= self.budget.requests {
            return Err(NetError::Spent { what: "requests" });
        }
        if self.remaining().is_zero() {
            return Err(NetError::Spent { what: "time" });
        }
        self.sent += 1;
        let bytes = self.serialize(request);
        let was_open = self.connection.is_some();
        match self.exchange(request, &bytes) {
            // The server may close an idle connection at any moment; a fresh one decides.
            Err(NetError::Broken { source, .. }) if was_open && is_stale(&source) => {
                self.exchange(request, &bytes)
            }
            other => other,
        }
    }

    /// Sends requests at the same moment, each on a connection of its own, which is open before any of them is sent.
    pub(crate) fn send_together(
        &mut self,
        requests: &[Request],
    ) -> Result<Vec<Result<Answer, NetError>>, NetError> {
        let count = u32::try_from(requests.len()).unwrap_or(u32::MAX);
        if self.sent.saturating_add(count) > self.budget.requests {
            return Err(NetError::Spent { what: "requests" });
        }
        self.sent += count;
        let mut clients = Vec::new();
        for _ in requests {
            clients.push(Self {
                url: self.url.clone(),
                addresses: self.addresses.clone(),
                budget: self.budget,
                started: self.started,
                sent: 0,
                connection: Some(self.connect()?),
            });
        }
        let start = Barrier::new(requests.len());
        Ok(std::thread::scope(|scope| {
            let sending: Vec<_> = clients
                .iter_mut()
                .zip(requests)
                .map(|(client, request)| {
                    let start = &start;
                    scope.spawn(move || {
                        let bytes = client.serialize(request);
                        start.wait();
                        client.exchange(request, &bytes)
                    })
                })
                .collect();
            let answers = sending.into_iter().map(|sending| match sending.join() {
                Ok(answer) => answer,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            answers.collect()
        }))
    }

    fn exchange(&mut self, request: &Request, bytes: &[u8]) -> Result<Answer, NetError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        // A server may answer (413) and close before it has read everything: the answer counts, not the write.
        let written = connection.get_mut().write_all(bytes);
        match (answer::read(&mut connection, request.method == "HEAD"), written) {
            (Ok(answer), written) => {
                if written.is_ok() && answer.keeps_alive() {
                    self.connection = Some(connection);
                }
                Ok(answer)
            }
            (Err(source), _) if source.kind() == ErrorKind::InvalidData => Err(NetError::Malformed {
                request: request.line(),
                why: source.to_string(),
            }),
            (Err(source), written) => Err(NetError::Broken {
                request: request.line(),
                source: written.err().unwrap_or(source),
            }),
        }
    }

    fn connect(&self) -> Result<BufReader<TcpStream>, NetError> {
        let within = self.budget.answer_within;
        let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
        for address in &self.addresses {
            match open(*address, within) {
                Ok(stream) => return Ok(BufReader::new(stream)),
                Err(error) => last = error,
            }
        }
        Err(NetError::Connect {
            host: self.url.authority(),
            source: last,
        })
    }

    fn serialize(&self, request: &Request) -> Vec<u8> {
        let mut bytes = format!(
            "{} {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: groma-verify\r\n",
            request.method,
            self.url.prefix(),
            request.path,
            self.url.authority()
        )
        .into_bytes();
        for (name, value) in &request.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        if let Some(body) = &request.body {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(request.body.as_deref().unwrap_or_default());
        bytes
    }
}

fn open(address: SocketAddr, within: Duration) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, within)?;
    stream.set_read_timeout(Some(within))?;
    stream.set_write_timeout(Some(within))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn is_stale(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::BrokenPipe
            | ErrorKind::ConnectionAborted
    )
}
