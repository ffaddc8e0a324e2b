//! The service as a whole, and what is still open or was decided about it.

use groma_diag::Span;

/// What the API is called, where it lives and what bounds it.
#[derive(Clone, PartialEq, Debug)]
pub struct Service {
    /// The name in the design: `Tasks`.
    pub name: String,
    /// The title for people: `Task management`.
    pub title: String,
    /// The path before every route, without a final slash: `/api`, or empty.
    pub base: String,
    /// Who may call from a browser; `None` means no other origin.
    pub cors: Option<Cors>,
    /// Bounds on requests.
    pub limits: Limits,
    /// The status of a body that does not fit its schema: 400, or 422 by choice.
    pub validation_status: u16,
    /// The role of the database under which requests run, where the rules hold inside the database too (row-level
    /// security). Postgres only.
    pub row_security: Option<String>,
    /// The paragraph above the declaration.
    pub doc: Option<String>,
    /// Where it was declared.
    pub origin: Option<Span>,
}

/// A value that the design gives, or that the environment does at start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Setting {
    /// Read from this environment variable at start.
    Env(String),
    /// Written in the design.
    Value(String),
}

/// Cross-origin requests: exact origins, never a wildcard with credentials.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cors {
    /// The allowed origins; an environment variable holds them comma-separated.
    pub origins: Vec<Setting>,
    /// Whether cookies and `Authorization` may be sent by the browser.
    pub credentials: bool,
    /// Where it was declared.
    pub origin: Span,
}

/// Bounds on requests.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The largest body in bytes; a larger one is a 413.
    pub body: u64,
    /// How often each may call, over all routes.
    pub rate: Option<Rate>,
}

/// So many requests in a window, for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// Requests in one window.
    pub requests: u32,
    /// The window in seconds.
    pub window: u32,
    /// Who is counted together.
    pub per: Per,
}

/// Whose requests a rate counts together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Per {
    /// Those of one caller; without a token, those of one address.
    Caller,
    /// Those of one address, whoever calls from there.
    Address,
}

impl Per {
    /// The word in a design and on the wire: `caller`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Address => "address",
        }
    }
}

/// What stands before a route: who may come without a token, and how often.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Admission {
    /// Whether it answers without a token.
    pub public: bool,
    /// How often each may call this route, beside the rate of the whole service.
    pub limit: Option<Rate>,
}

/// Something that the author left open, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// The question itself.
    pub text: String,
    /// What it affects, as written: `Project`.
    pub affects: Option<String>,
    /// The answer that holds until somebody gives one.
    pub default: Option<String>,
    /// Where it was asked.
    pub origin: Span,
}

/// A `TBD(...)`: a place that works as its provisional answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hole {
    /// What is open: `Task.project.on_delete`.
    pub subject: String,
    /// What is asked about it: "what is `Task.due` to be?".
    pub question: String,
    /// How it works meanwhile: `set null`.
    pub provisional: Option<String>,
    /// Where it stands.
    pub origin: Span,
}

/// An answer on record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// What was decided: `Task.owner.on_delete`.
    pub subject: String,
    /// The answer: `cascade`.
    pub answer: String,
    /// What it beat.
    pub over: Vec<String>,
    /// Why.
    pub because: Option<String>,
    /// When, as `YYYY-MM-DD`.
    pub on: Option<String>,
    /// Where it stands.
    pub origin: Span,
}

/// A default that was taken because the design said nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assumption {
    /// What it is about: `Task.list.page`.
    pub subject: String,
    /// What was assumed, as one sentence.
    pub text: String,
    /// The declaration that was silent, where there is one.
    pub origin: Option<Span>,
}
