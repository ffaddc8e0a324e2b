//! Cross-origin requests (the Fetch standard): exact origins, never a wildcard.

use hyper::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN, VARY,
};

use crate::settings::CorsSettings;

/// The origins that may call from a browser.
#[derive(Debug)]
pub(crate) struct Cors {
    origins: Vec<HeaderValue>,
    credentials: bool,
}

const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, accept, if-match, if-none-match, idempotency-key, x-request-id, traceparent",
);
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static(
    "etag, link, location, retry-after, ratelimit, ratelimit-policy, www-authenticate, x-request-id, x-total-count",
);
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const TRUE: HeaderValue = HeaderValue::from_static("true");
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");
const VARY_PREFLIGHT: HeaderValue =
    HeaderValue::from_static("Origin, Access-Control-Request-Method, Access-Control-Request-Headers");

impl Cors {
    pub(crate) fn new(settings: &CorsSettings) -> Self {
        let origins = settings
            .origins
            .iter()
            .filter_map(|origin| HeaderValue::from_str(origin).ok())
            .collect();
        Self {
            origins,
            credentials: settings.credentials,
        }
    }

    /// Adds what a browser needs to show the answer to the page that asked, if that page may see it.
    pub(crate) fn mark(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        let says_origin = |vary: &HeaderValue| vary.as_bytes().starts_with(b"Origin");
        if !answer.get_all(VARY).iter().any(says_origin) {
            answer.append(VARY, VARY_ORIGIN);
        }
        if let Some(origin) = self.allowed(request) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
            if self.credentials {
                answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
            }
        }
    }

    /// Adds what a preflight asks for; `allow` are the methods of the path.
    pub(crate) fn preflight(&self, request: &HeaderMap, allow: &HeaderValue, answer: &mut HeaderMap) {
        answer.insert(VARY, VARY_PREFLIGHT);
        if request.contains_key(ACCESS_CONTROL_REQUEST_METHOD) && self.allowed(request).is_some() {
            answer.insert(ACCESS_CONTROL_ALLOW_METHODS, allow.clone());
            answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
            answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
    }

    fn allowed(&self, request: &HeaderMap) -> Option<&HeaderValue> {
        let origin = request.get(ORIGIN)?;
        self.origins.iter().find(|allowed| *allowed == origin)
    }
}
