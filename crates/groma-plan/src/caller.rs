//! Who asks, and what the world around the request is: the facts that come from outside.

use groma_ir::access::CallerFacts;

use crate::Value;

/// Who asks: what the token said, already of the types that the design gives.
#[derive(Clone, PartialEq, Debug)]
pub struct Caller {
    /// The key of the caller's row; nothing without a token.
    pub key: Value,
    /// What can be decided before the database is asked.
    pub facts: CallerFacts,
    /// The claims that rules may read, in the design's order; [`Value::Null`] where one is absent.
    pub claims: Vec<Value>,
}

impl Caller {
    /// Nobody: a request without a token, on a public route.
    pub fn anonymous() -> Self {
        Self {
            key: Value::Null,
            facts: CallerFacts::default(),
            claims: Vec::new(),
        }
    }

    /// A claim by its index; absent is null.
    pub fn claim(&self, index: usize) -> Value {
        self.claims.get(index).cloned().unwrap_or(Value::Null)
    }
}

/// What a request cannot know of itself.
#[derive(Clone, Copy, Debug)]
pub struct World {
    /// The time: microseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// Makes a UUID of version 7.
    pub uuid: fn() -> [u8; 16],
    /// Fills a buffer with random bytes fit for secrets.
    pub random: fn(&mut [u8]),
}
