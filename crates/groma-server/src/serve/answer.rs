//! What goes back: an answer, or the refusal of a request.

use bytes::Bytes;
use groma_ir::http::Problem;
use groma_plan::Failure;
use groma_sql::Reply;
use http_body_util::Full;
use hyper::header::{
    CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, LINK, LOCATION, RETRY_AFTER,
};
use hyper::{Response, StatusCode};

use crate::store::StoreError;

/// What hyper sends.
pub(crate) type Sent = Response<Full<Bytes>>;

/// An answer without the headers that every answer has.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A request that was not done.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Parts>);

#[derive(Debug)]
struct Parts {
    failure: Failure,
    headers: Vec<(HeaderName, HeaderValue)>,
    because: Option<String>,
}

/// How long a client should wait before it tries again, when the server cannot know better.
const SOON: HeaderValue = HeaderValue::from_static("1");

/// How many rows a list has on all pages, where the body has no room for it: of no standard, and widely known.
const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

impl Answer {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::with_capacity(16),
            body: Bytes::new(),
        }
    }

    pub(crate) fn of(content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        let mut answer = Self::new(StatusCode::OK);
        answer.headers.insert(CONTENT_TYPE, content_type);
        answer.body = body.into();
        answer
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The reply of a plan.
    pub(crate) fn from_reply(reply: Reply) -> Self {
        let mut answer = Self::new(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK));
        if !reply.body.is_empty() {
            answer.headers.insert(CONTENT_TYPE, JSON);
            answer.body = Bytes::from(reply.body);
        }
        for (name, value) in [(ETAG, reply.etag), (LOCATION, reply.location), (LINK, reply.link)] {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                answer.headers.insert(name, value);
            }
        }
        if let Some(total) = reply.total {
            answer.headers.insert(TOTAL_COUNT, HeaderValue::from(total));
        }
        answer
    }

    /// The problem that a refusal tells, in full.
    pub(crate) fn from_refusal(refusal: Refusal, path: &str, request_id: &str) -> Self {
        let Parts {
            failure,
            headers,
            because: _,
        } = *refusal.0;
        let status = failure.problem.status();
        let body = groma_plan::problem_json(&failure, path, request_id);
        let mut answer = Self::of(PROBLEM, body);
        answer.status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        answer.headers.extend(headers);
        answer
    }

    /// Without its body, which a `HEAD` does not get; `Content-Length` says how long it would be.
    pub(crate) fn without_body(mut self) -> Self {
        if self.status != StatusCode::NO_CONTENT && self.status != StatusCode::NOT_MODIFIED {
            self.headers
                .insert(CONTENT_LENGTH, HeaderValue::from(self.body.len()));
        }
        self.body = Bytes::new();
        self
    }

    pub(crate) fn into_sent(self) -> Sent {
        let mut sent = Response::new(Full::new(self.body));
        *sent.status_mut() = self.status;
        *sent.headers_mut() = self.headers;
        sent
    }
}

impl Refusal {
    pub(crate) fn of(problem: Problem) -> Self {
        Self::from(Failure::of(problem))
    }

    /// A problem with a sentence of its own.
    pub(crate) fn saying(problem: Problem, detail: &str) -> Self {
        Self::from(Failure::because(problem, detail))
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    pub(crate) fn add(&mut self, headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>) {
        self.0.headers.extend(headers);
    }

    /// Keeps a reason that is for the log and for nobody else.
    pub(crate) fn because(mut self, reason: impl std::fmt::Display) -> Self {
        self.0.because = Some(reason.to_string());
        self
    }

    /// The reason for the log.
    pub(crate) fn take_reason(&mut self) -> Option<String> {
        self.0.because.take()
    }

    /// 503, to be tried again soon.
    pub(crate) fn unavailable() -> Self {
        Self::of(Problem::Unavailable).with(RETRY_AFTER, SOON)
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self(Box::new(Parts {
            failure,
            headers: Vec::new(),
            because: None,
        }))
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let refusal = if error.is_passing() {
            Self::unavailable()
        } else {
            Self::of(Problem::Internal)
        };
        refusal.because(error)
    }
}
