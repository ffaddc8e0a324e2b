//! The headers of every answer, errors and unknown paths included; and how much head a request may have.

use hyper::Version;
use hyper::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, HOST, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;

use groma_ir::http::{LARGEST_HEAD, LONGEST_TARGET, Problem};

use super::answer::Refusal;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

pub(crate) const CLOSE: HeaderValue = HeaderValue::from_static("close");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
const NOTHING_MAY_LOAD: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const TWO_YEARS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// The same headers as text, for an answer that is not made by this server's own code.
pub(crate) const AS_TEXT: &str = "x-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\n\
     content-security-policy: default-src 'none'; frame-ancestors 'none'\r\ncache-control: no-store\r\n";

/// Adds the headers that every answer has. A policy or a caching rule that is there already stays.
pub(crate) fn add_common(request: &HeaderMap, request_id: &HeaderValue, answer: &mut HeaderMap) {
    answer.insert(REQUEST_ID, request_id.clone());
    answer.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    answer.insert(REFERRER_POLICY, NO_REFERRER);
    answer.entry(CONTENT_SECURITY_POLICY).or_insert(NOTHING_MAY_LOAD);
    answer.entry(CACHE_CONTROL).or_insert(NO_STORE);
    if request.get(FORWARDED_PROTO).is_some_and(|proto| proto == "https") {
        answer.insert(STRICT_TRANSPORT_SECURITY, TWO_YEARS);
    }
}

/// 414, 431, or 400 for a request that does not say for which host it is (RFC 9112 §3.2).
pub(crate) fn check_head(head: &Parts) -> Result<(), Refusal> {
    if head
        .uri
        .path_and_query()
        .is_some_and(|target| target.as_str().len() > LONGEST_TARGET)
    {
        return Err(Refusal::of(Problem::UriTooLong));
    }
    let size: usize = head
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > LARGEST_HEAD {
        return Err(Refusal::of(Problem::HeadersTooLarge));
    }
    if head
        .headers
        .get_all(TRANSFER_ENCODING)
        .iter()
        .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
    {
        let detail = "A body may be sent in chunks, and in no other transfer coding.";
        return Err(Refusal::saying(Problem::NotImplemented, detail).with(CONNECTION, CLOSE));
    }
    let mut hosts = head.headers.get_all(HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    if second.is_some() || (first.is_none() && head.version == Version::HTTP_11) {
        return Err(Refusal::of(Problem::InvalidRequest).because("not exactly one Host header"));
    }
    Ok(())
}
