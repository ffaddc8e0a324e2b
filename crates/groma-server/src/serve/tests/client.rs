//! The smallest HTTP client that shows everything: bytes out, status, headers and body in.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

pub(super) struct Call {
    addr: SocketAddr,
    method: String,
    head: String,
    body: Option<Vec<u8>>,
}

#[derive(Debug)]
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Call {
    pub(super) fn new(addr: SocketAddr, method: &str, path: &str) -> Self {
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {addr}\r\n");
        Self {
            addr,
            method: method.to_owned(),
            head,
            body: None,
        }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.head.extend([name, ": ", value, "\r\n"]);
        self
    }

    pub(super) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(super) fn json(self, body: &str) -> Self {
        self.header("content-type", "application/json")
            .body(body.as_bytes())
    }

    pub(super) fn body(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    pub(super) fn send(self) -> Got {
        let is_head = self.method == "HEAD";
        read(&mut BufReader::new(self.begin()), is_head).unwrap()
    }

    /// Goes away before the answer comes.
    pub(super) fn send_and_leave(self) {
        let stream = self.begin();
        std::thread::sleep(Duration::from_millis(100));
        drop(stream);
    }

    fn begin(self) -> TcpStream {
        let mut stream = connect(self.addr);
        let mut bytes = self.head.into_bytes();
        if let Some(body) = &self.body {
            bytes.extend(format!("content-length: {}\r\n", body.len()).bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(self.body.unwrap_or_default());
        // A server that has seen enough may close before it has read all.
        let _ = stream.write_all(&bytes);
        stream
    }
}

impl Got {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self
            .headers
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "`{name}` stands twice");
        value
    }
}

pub(super) fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends bytes as they are and reads one answer; `None` when the server closes without one.
pub(super) fn raw(addr: SocketAddr, bytes: &[u8]) -> Option<Got> {
    let mut stream = connect(addr);
    let _ = stream.write_all(bytes);
    read(&mut BufReader::new(stream), false)
}

pub(super) fn read(stream: &mut impl BufRead, is_head: bool) -> Option<Got> {
    let status = line(stream)?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = Vec::new();
    loop {
        let line = line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap();
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; if is_head { 0 } else { length }];
    stream.read_exact(&mut body).ok()?;
    Some(Got {
        status,
        headers,
        body,
    })
}

fn line(stream: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}
