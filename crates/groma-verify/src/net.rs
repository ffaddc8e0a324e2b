//! HTTP/1.1 to one plain-text address, one request at a time, with the hand on every byte.
//!
//! The checks send what no ordinary client would (two `Authorization` headers, bytes that are not UTF-8, a body
//! over the limit), and must see exactly what comes back: no redirect is followed, nothing is retried but a
//! kept-alive connection that the server had already closed. Knows nothing of designs.

mod answer;
mod client;
mod url;

pub(crate) use answer::Answer;
pub(crate) use client::{Budget, Client, Request};
pub(crate) use url::{Url, encode};

/// Why a request brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The base address does not read as one.
    #[error("`{url}` is not an address that can be verified: {why}")]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// Nobody listens.
    #[error("cannot reach `{host}`: is the service running there")]
    Connect {
        /// Host and port.
        host: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The connection broke, or no answer came in time.
    #[error("no answer to `{request}`")]
    Broken {
        /// Method and path.
        request: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The answer is not HTTP/1.1.
    #[error("the answer to `{request}` is not HTTP/1.1: {why}")]
    Malformed {
        /// Method and path.
        request: String,
        /// Where it breaks the grammar.
        why: String,
    },
    /// The run has used up its time or its requests.
    #[error("the run has used up its {what}: raise the bound, or verify fewer checks")]
    Spent {
        /// `time` or `requests`.
        what: &'static str,
    },
}
