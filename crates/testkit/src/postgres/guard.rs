//! A server that does not outlive the test that started it, however that ends.
//!
//! Between the two stands a shell that waits for the end of its input. The other end of that pipe is held by the test
//! alone, so it ends with the test, also when that is killed; then the shell ends the server.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::must;

/// `$1` is the signal that ends the server, the rest is the server. A server that ends by itself is not waited for:
/// whoever asks it finds out. What still runs ten seconds later is killed.
const SHELL: &str = r#"
signal=$1; shift
"$@" </dev/null >&2 &
server=$!
echo $server
trap '' INT TERM HUP
cat >/dev/null
kill -s "$signal" $server 2>/dev/null
times=0
while kill -0 $server 2>/dev/null && [ $times -lt 200 ]; do sleep 0.05; times=$((times + 1)); done
kill -s KILL $server 2>/dev/null
wait $server
"#;

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    shell: Child,
    server: u32,
}

impl Guard {
    /// Starts `words`, which is ended by `signal`. What it says goes to the file `log`.
    pub(crate) fn start(words: &[String], signal: &str, log: &Path) -> Self {
        let file = must(
            "make the log of a server",
            File::options().create(true).append(true).open(log),
        );
        let mut command = Command::new("sh");
        command.args(["-c", SHELL, "guard", signal]).args(words);
        command
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file);
        // A signal for the tests (Ctrl-C) is none for the shell, which has still to end the server.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut shell = must("start `sh`", command.spawn());
        let server = number(&mut shell);
        Self { shell, server }
    }

    /// Whether the server has ended.
    pub(crate) fn is_over(&self) -> bool {
        let server = self.server.to_string();
        !Path::new("/proc").join(&server).exists() || is_zombie(&server)
    }

    /// Ends the server by another signal, and returns when it is gone.
    pub(crate) fn end_by(&mut self, signal: &str) {
        let server = self.server.to_string();
        let kill = format!("kill -s {signal} {server}");
        let _ = Command::new("sh").args(["-c", &kill]).status();
        while !self.is_over() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// The first line of the shell: the number of the server's process.
#[expect(
    clippy::panic,
    reason = "a test whose server does not start has no other way out"
)]
fn number(shell: &mut Child) -> u32 {
    use std::io::{BufRead, BufReader};
    let mut line = String::new();
    if let Some(out) = shell.stdout.take() {
        must("read from `sh`", BufReader::new(out).read_line(&mut line));
    }
    line.trim()
        .parse()
        .unwrap_or_else(|_| panic!("`sh` did not start the server"))
}

/// Whether a process is over, and its parent has not looked yet.
fn is_zombie(process: &str) -> bool {
    let said = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    said.rsplit(") ").next().is_none_or(|rest| rest.starts_with('Z'))
}
