//! The OpenAPI document and the page that shows it, all from this binary: it works without a network.
//!
//! The page has a policy of its own that lets scripts, styles and requests come from and go to this server only.

use std::borrow::Cow;

use bytes::Bytes;
use groma_ir::http::Problem;
use hyper::StatusCode;
use hyper::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, HeaderMap, HeaderValue,
    IF_NONE_MATCH, VARY,
};

use crate::serve::{Answer, Refusal};

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// Kept by browsers and asked for again with the tag: a new version of the server shows at once.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");

const PAGE: &str = include_str!("../../assets/page.html");

/// Everything under `/docs`, and `/openapi.json`.
#[derive(Debug)]
pub(crate) struct Docs {
    pages: Vec<Page>,
}

/// Something that can be fetched.
#[derive(Debug)]
pub(crate) struct Page {
    path: &'static str,
    content_type: HeaderValue,
    body: Bytes,
    is_compressed: bool,
    tag: HeaderValue,
}

impl Docs {
    /// Takes the OpenAPI document as it is to be sent.
    pub(crate) fn new(title: &str, openapi: Vec<u8>) -> Self {
        let page = PAGE.replace("{title}", &escaped(title));
        let plain = |path, kind, body: Bytes| Page::new(path, kind, body, false);
        let packed = |path, kind, body: &'static [u8]| Page::new(path, kind, Bytes::from_static(body), true);
        let pages = vec![
            plain("/openapi.json", "application/json", Bytes::from(openapi)),
            plain("/docs", "text/html; charset=utf-8", Bytes::from(page)),
            plain(
                "/docs/assets/page.css",
                CSS,
                Bytes::from_static(include_bytes!("../../assets/page.css")),
            ),
            plain(
                "/docs/assets/start.js",
                JS,
                Bytes::from_static(include_bytes!("../../assets/start.js")),
            ),
            plain(
                "/docs/assets/favicon.png",
                "image/png",
                Bytes::from_static(FAVICON),
            ),
            packed("/docs/assets/swagger-ui.css", CSS, STYLE),
            packed("/docs/assets/swagger-ui-bundle.js", JS, BUNDLE),
        ];
        Self { pages }
    }

    pub(crate) fn find(&self, path: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.path == path)
    }
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const FAVICON: &[u8] = include_bytes!("../../assets/swagger-ui/favicon-32x32.png");
const STYLE: &[u8] = include_bytes!("../../assets/swagger-ui/swagger-ui.css.gz");
const BUNDLE: &[u8] = include_bytes!("../../assets/swagger-ui/swagger-ui-bundle.js.gz");

impl Page {
    fn new(path: &'static str, content_type: &'static str, body: Bytes, is_compressed: bool) -> Self {
        let tag = format!("\"{:032x}\"", xxhash_rust::xxh3::xxh3_128(&body));
        let tag = HeaderValue::from_str(&tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        Self {
            path,
            content_type: HeaderValue::from_static(content_type),
            body,
            is_compressed,
            tag,
        }
    }

    /// The path, for the log.
    pub(crate) fn template(&self) -> &'static str {
        self.path
    }

    /// The page, 304 when the client has it, or 406 when it cannot take how it is packed.
    pub(crate) fn answer(&self, request: &HeaderMap) -> Result<Answer, Refusal> {
        let is_known = request
            .get(IF_NONE_MATCH)
            .is_some_and(|tags| lists(tags, &self.tag));
        let mut answer = if is_known {
            Answer::new(StatusCode::NOT_MODIFIED)
        } else {
            Answer::of(self.content_type.clone(), self.body.clone())
        };
        if self.is_compressed {
            if !takes_gzip(request) {
                let detail = "This file is answered with `Content-Encoding: gzip` only.";
                return Err(Refusal::saying(Problem::NotAcceptable, detail));
            }
            answer = answer.with(VARY, HeaderValue::from_static("Accept-Encoding"));
            if !is_known {
                answer = answer.with(CONTENT_ENCODING, GZIP);
            }
        }
        if self.content_type.as_bytes().starts_with(b"text/html") {
            answer = answer.with(CONTENT_SECURITY_POLICY, POLICY);
        }
        Ok(answer
            .with(ETAG, self.tag.clone())
            .with(CACHE_CONTROL, REVALIDATE))
    }
}

/// Whether a list of entity tags has this one; compared weakly (RFC 9110 §13.1.2).
fn lists(tags: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(tags), Ok(tag)) = (tags.to_str(), tag.to_str()) else {
        return false;
    };
    tags.split(',')
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

/// No `Accept-Encoding` means any (RFC 9110 §12.5.3).
fn takes_gzip(request: &HeaderMap) -> bool {
    let mut values = request.get_all(ACCEPT_ENCODING).iter().peekable();
    values.peek().is_none()
        || values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(is_gzip)
}

fn is_gzip(coding: &str) -> bool {
    let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
    let is_named = ["gzip", "x-gzip", "*"].contains(&name.trim().to_ascii_lowercase().as_str());
    let weight = weight
        .trim()
        .strip_prefix("q=")
        .map_or(1.0, |text| text.parse::<f32>().unwrap_or(0.0));
    is_named && weight > 0.0
}

fn escaped(text: &str) -> Cow<'_, str> {
    if text.contains(['<', '>', '&', '"']) {
        Cow::Owned(
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;"),
        )
    } else {
        Cow::Borrowed(text)
    }
}
