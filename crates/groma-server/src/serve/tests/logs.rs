//! What a line of the log says, and what it never says.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing::subscriber::DefaultGuard;

use super::Site;

/// What was said to the log.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// The warnings of this thread, until the guard is dropped.
    pub(crate) fn of_warnings() -> (Self, DefaultGuard) {
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::WARN)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// One thread runs the server, so that its lines come here.
#[tokio::test]
async fn a_request_is_one_line_without_secrets() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let site = Site::start().await;
    let token = site.token("ann", &[]);
    let call = site
        .call("POST", "/api/tasks?secret_parameter=1")
        .token(&token)
        .header("x-request-id", "req-1")
        .header(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        .json(r#"{"title":"secret title"}"#);
    tokio::task::spawn_blocking(move || call.send()).await.unwrap();
    let call = site.call("GET", "/secret/path").token("secret.bad.token");
    tokio::task::spawn_blocking(move || call.send()).await.unwrap();

    let text = lines.text();
    let requests: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| line["message"] == "request")
        .collect();
    assert_eq!(requests.len(), 2, "{text}");
    let first = &requests[0];
    assert_eq!(first["method"], "POST");
    assert_eq!(first["route"], "/api/tasks");
    assert_eq!(first["status"], 400);
    assert_eq!(first["id"], "req-1");
    assert_eq!(first["trace"], "0af7651916cd43dd8448eb211c80319c");
    assert!(first["micros"].is_u64());
    assert_eq!(first["caller"].as_str().unwrap().len(), 16);
    assert_eq!(
        (&requests[1]["route"], &requests[1]["status"]),
        (&"".into(), &404.into())
    );
    for never in ["secret", "ann\"", &token] {
        assert!(!text.contains(never), "{never} in {text}");
    }
}

/// What a server with the development key says at start when it listens there.
async fn warnings(host: &str) -> String {
    let (lines, _guard) = Lines::of_warnings();
    let mut site = Site::with(|settings| settings.host = String::from(host)).await;
    site.stop().await;
    lines.text()
}

#[tokio::test]
async fn a_development_server_that_other_machines_reach_says_so() {
    let said = warnings("0.0.0.0").await;
    for part in ["WARN", "0.0.0.0", "`GROMA_ENV=production`", "`HOST=127.0.0.1`"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(warnings("127.0.0.1").await, "");
}
