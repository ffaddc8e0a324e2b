//! Runs the binary and talks to its server, with as little between the test and the bytes as can be.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub(crate) use testkit::Folder;

/// A design that is fine, small enough to be read at once.
pub(crate) const NOTES: &str = r#"# Notes

What people write down.

```groma
service Notes {
  title "Notes"
}

auth {
  issuer env ISSUER_URL jwks "/jwks" algorithms EdDSA
  audience env ISSUER_URL
  caller User from claim sub
  roles user < admin from claim role default user
}

entity User external {
  id: text(1..64) key
}

entity Note {
  id: uuid key
  title: text(1..100)
  owner: User = caller readonly
  index owner
}

access Note {
  allow all to owner
}

resource /notes for Note
```
"#;

/// A project with [`NOTES`] in it.
pub(crate) fn notes() -> Folder {
    let folder = Folder::new();
    folder.write("specs/notes.md", NOTES);
    folder
}

/// How a run of the tool ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// No command that ends by itself takes longer.
const PATIENCE: Duration = Duration::from_mins(2);

/// Runs the tool in a folder, with no variable but those given.
pub(crate) fn groma_with(folder: &Folder, words: &[&str], variables: &[(&str, &str)]) -> Ran {
    ended(command(folder.path(), words, variables), words)
}

/// Runs the tool in a folder of a folder.
pub(crate) fn groma_in(folder: &Folder, inner: &str, words: &[&str]) -> Ran {
    ended(command(&folder.path().join(inner), words, &[]), words)
}

fn ended(mut command: Command, words: &[&str]) -> Ran {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (out, err) = (
        drain(child.stdout.take().unwrap()),
        drain(child.stderr.take().unwrap()),
    );
    let start = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if start.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(2)),
            None => {
                child.kill().unwrap();
                panic!(
                    "`groma {}` does not end; it said:\n{}",
                    words.join(" "),
                    out.join().unwrap()
                );
            }
        }
    };
    Ran {
        code: status.code(),
        out: out.join().unwrap(),
        err: err.join().unwrap(),
    }
}

fn drain(mut from: impl std::io::Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        from.read_to_string(&mut text).unwrap();
        text
    })
}

/// Runs the tool in a folder.
pub(crate) fn groma(folder: &Folder, words: &[&str]) -> Ran {
    groma_with(folder, words, &[])
}

fn command(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_groma"));
    command.current_dir(folder).args(words).stdin(Stdio::null());
    command.env_clear().envs(variables.iter().copied());
    command
}

/// A server that runs, until it is dropped.
pub(crate) struct Serving {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    pub(crate) port: u16,
}

impl Serving {
    /// Starts `groma serve` (or another command that serves) on a free port and waits for its address.
    pub(crate) fn start(folder: &Folder, words: &[&str], variables: &[(&str, &str)]) -> Serving {
        let mut child = command(folder.path(), words, variables)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        let port = loop {
            let mut line = String::new();
            let read = lines.read_line(&mut line).unwrap();
            assert_ne!(
                read,
                0,
                "the server ended without an address ({:?}); it said:
{said}",
                child.wait()
            );
            said.push_str(&line);
            if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                break digits.parse().unwrap();
            }
        };
        Serving { child, lines, port }
    }

    /// The lines that follow, up to one that starts so.
    pub(crate) fn lines_until(&mut self, start: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            assert_ne!(
                self.lines.read_line(&mut line).unwrap(),
                0,
                "no line starts with `{start}`: {lines:?}"
            );
            let is_last = line.starts_with(start);
            lines.push(line.trim_end().to_owned());
            if is_last {
                return lines;
            }
        }
    }

    /// Sends one request on a connection of its own.
    pub(crate) fn send(&self, request: &Request<'_>) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.text().as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        Answer::of(&String::from_utf8(bytes).unwrap())
    }

    /// Sends JSON, where there is any, and reads JSON, where there is any: null otherwise.
    pub(crate) fn ask(
        &self,
        token: Option<&str>,
        (method, path): (&str, &str),
        body: &serde_json::Value,
    ) -> (u16, serde_json::Value) {
        let body = (!body.is_null()).then(|| body.to_string());
        let answer = self.send(&Request {
            method,
            path,
            token,
            body: body.as_deref(),
        });
        let is_empty = answer.status == 204;
        (
            answer.status,
            if is_empty {
                serde_json::Value::Null
            } else {
                answer.json()
            },
        )
    }

    /// Asks it to stop as an operator would, and gives its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // After `stop` there is nothing left to kill, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request with as much of HTTP as these tests need.
#[derive(Default)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) token: Option<&'a str>,
    pub(crate) body: Option<&'a str>,
}

impl Request<'_> {
    fn text(&self) -> String {
        let token = self
            .token
            .map(|token| format!("Authorization: Bearer {}\r\n", token.trim()));
        let length = self.body.map(str::len);
        let body =
            length.map(|length| format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"));
        format!(
            "{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}{}\r\n{}",
            self.method,
            self.path,
            token.unwrap_or_default(),
            body.unwrap_or_default(),
            self.body.unwrap_or_default()
        )
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    fn of(text: &str) -> Answer {
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer {
            status,
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.body))
    }
}
