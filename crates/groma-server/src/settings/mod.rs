//! What an operator can set: every variable is declared once, and everything is read at start.
//!
//! Values come from the process environment, then from a `.env` file, then from the default. All mistakes are
//! reported together. Reads no file and no environment itself: the command line hands both in.

mod auth;
pub mod database;
mod environment;
mod network;
mod origin;
mod rate;
mod reader;
mod report;
mod resolve;
mod variable;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub use auth::{AuthSettings, Keys};
pub use database::{Database, PostgresSettings};
pub use environment::{DotEnvError, Environment, Source};
pub use network::Network;
pub use report::{Line, Report, State};
pub use resolve::{Mistake, SettingsError};
pub use variable::{Need, Variable, variables};

/// What kind of place the server runs in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// One person's machine: defaults for everything, a development issuer.
    Development,
    /// Anything else: nothing is assumed, and the development key is refused.
    Production,
}

/// Everything that a server needs to know besides the design. Made by [`Settings::resolve`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// What kind of place this is.
    pub mode: Mode,
    /// The host name or address to listen on.
    pub host: String,
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// Where the data are.
    pub database: Database,
    /// How tokens are verified; `None` when the design knows no callers.
    pub auth: Option<AuthSettings>,
    /// Who may call from a browser; `None` when the design names nobody.
    pub cors: Option<CorsSettings>,
    /// How often each may call, over all routes.
    pub rate: Option<groma_ir::design::Rate>,
    /// Whether the limits hold that the design gives single routes.
    pub route_limits: bool,
    /// The proxies whose `X-Forwarded-For` says where a request comes from.
    pub proxies: Vec<Network>,
    /// What is logged and how.
    pub log: LogSettings,
    /// Whether `/docs` and `/openapi.json` are answered.
    pub docs: bool,
    /// How many connections are served at once.
    pub connections: usize,
    /// How long a client may take.
    pub patience: Patience,
}

/// Who may call from a browser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CorsSettings {
    /// Exact origins: `https://app.example.com`.
    pub origins: Vec<String>,
    /// Whether the browser may send cookies and `Authorization` by itself.
    pub credentials: bool,
}

/// What is logged and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogSettings {
    /// The least important level that is written.
    pub level: LogLevel,
    /// The form of a line.
    pub format: LogFormat,
}

/// How important a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What needs a person.
    Error,
    /// What may need one.
    Warn,
    /// A line a request.
    Info,
    /// What helps to find a mistake.
    Debug,
}

/// The form of a log line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How long a client may take before the server gives up on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// From the first byte of a request to the end of its headers, and between two requests.
    pub head: Duration,
    /// For the whole body of a request.
    pub body: Duration,
    /// Without taking a byte of the answer.
    pub stalled: Duration,
    /// For the requests that run when the server is asked to stop.
    pub stop: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(15),
            body: Duration::from_secs(30),
            stalled: Duration::from_secs(30),
            stop: Duration::from_secs(10),
        }
    }
}
