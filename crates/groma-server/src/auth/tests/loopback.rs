//! An issuer's JWKS endpoint on the loopback, whose answer the test changes.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::KeySource;
use super::super::timing::Timing;
use super::*;

/// What the server on the loopback says.
#[derive(Clone)]
pub(super) enum Answer {
    Json(String),
    Status(&'static str),
    Redirect(String),
    Slow(Duration, String),
    Cut(String),
    Nothing,
}

/// A JWKS endpoint whose answer the test changes.
pub(super) struct Issuer {
    pub(super) url: String,
    answer: Arc<Mutex<Answer>>,
    hits: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Issuer {
    pub(super) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let (answer, hits, over) = (Arc::new(Mutex::new(answer)), Arc::default(), Arc::default());
        let shared = (Arc::clone(&answer), Arc::clone(&hits), Arc::clone(&over));
        let thread = std::thread::spawn(move || serve(&listener, &shared.0, &shared.1, &shared.2));
        Self {
            url,
            answer,
            hits,
            over,
            thread: Some(thread),
        }
    }

    pub(super) fn with_keys(keys: &[&TestIssuer]) -> Self {
        Self::start(Answer::Json(jwks(keys)))
    }

    pub(super) fn say(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    pub(super) fn publish(&self, keys: &[&TestIssuer]) {
        self.say(Answer::Json(jwks(keys)));
    }

    pub(super) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }

    pub(super) fn config(&self) -> Config {
        let mut config = config(ed());
        config.keys = KeySource::JwksUrl(self.url.clone());
        config
    }

    pub(super) async fn verifier(&self, timing: Timing) -> Verifier {
        Verifier::with_timing(self.config(), timing).await.unwrap()
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _woken = TcpStream::connect(self.url.trim_start_matches("http://").trim_end_matches("/jwks"));
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

fn serve(listener: &TcpListener, answer: &Mutex<Answer>, hits: &AtomicUsize, over: &AtomicBool) {
    for stream in listener.incoming() {
        if over.load(Ordering::SeqCst) {
            return;
        }
        hits.fetch_add(1, Ordering::SeqCst);
        let said = answer.lock().unwrap().clone();
        // A thread each, so that a slow answer can come after a later one. A client that hangs up is part of the test.
        std::thread::spawn(move || stream.and_then(|stream| respond(stream, said)));
    }
}

fn respond(mut stream: TcpStream, answer: Answer) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut request = Vec::new();
    let mut chunk = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&chunk[..read]);
    }
    let ok = |body: &str, length: usize| {
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    };
    let text = match answer {
        Answer::Json(body) => ok(&body, body.len()),
        // A sound JWKS without keys: whoever overlooks the status would believe it.
        Answer::Status(line) => {
            format!("HTTP/1.1 {line}\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{{\"keys\":[]}}")
        }
        Answer::Redirect(to) => {
            format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
        Answer::Slow(pause, body) => {
            std::thread::sleep(pause);
            ok(&body, body.len())
        }
        Answer::Cut(body) => ok(&body, body.len() + 100),
        Answer::Nothing => return stream.shutdown(Shutdown::Both),
    };
    stream.write_all(text.as_bytes())
}

pub(super) fn jwks(keys: &[&TestIssuer]) -> String {
    let keys: Vec<Value> = keys.iter().map(|issuer| issuer.jwk()).collect();
    json!({ "keys": keys }).to_string()
}
