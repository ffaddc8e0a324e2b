//! The paths that every server has beside the design's: health, the OpenAPI document, the docs page.

use groma_ir::http::Problem;
use hyper::http::request::Parts;

use super::App;
use super::answer::{Answer, JSON, Refusal};
use super::handle::{Trail, options, wrong_method};

const METHODS: &str = "GET, HEAD, OPTIONS";

/// Answers a path that is none of the design's.
pub(crate) async fn answer<'a>(app: &'a App, head: &Parts, trail: &mut Trail<'a>) -> Result<Answer, Refusal> {
    let path = head.uri.path();
    let health = ["/livez", "/readyz"].into_iter().find(|known| *known == path);
    let page = app.docs.as_ref().and_then(|docs| docs.find(path));
    trail.template = match (health, &page) {
        (Some(health), _) => health,
        (None, Some(page)) => page.template(),
        (None, None) => return Err(Refusal::of(Problem::NotFound)),
    };
    match (head.method.as_str(), health, page) {
        ("OPTIONS", ..) => Ok(options(app, head, METHODS)),
        ("GET" | "HEAD", Some("/livez"), _) => Ok(fine()),
        ("GET" | "HEAD", Some(_), _) => ready(app).await,
        ("GET" | "HEAD", None, Some(page)) => page.answer(&head.headers),
        _ => Err(wrong_method(METHODS)),
    }
}

fn fine() -> Answer {
    Answer::of(JSON, &br#"{"status":"ok"}"#[..])
}

/// 200 when database and keys can be had.
async fn ready(app: &App) -> Result<Answer, Refusal> {
    app.store
        .check()
        .await
        .map_err(|error| Refusal::unavailable().because(error))?;
    app.check_keys()?;
    match &app.verifier {
        Some(verifier) if !verifier.is_ready() => {
            Err(Refusal::unavailable().because("the issuer's keys are not available"))
        }
        _ => Ok(fine()),
    }
}
