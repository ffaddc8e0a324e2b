//! One request: its id, its answer, the headers around it, and its line in the log.

use std::net::IpAddr;
use std::time::Instant;

use groma_ir::http::Problem;
use groma_plan::Found;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{ALLOW, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::answer::{Answer, Refusal, Sent};
use super::client::Client;
use super::panic::caught;
use super::{App, headers, request_id, route, system, trace};

/// What is known of a request once it is done, for the log.
#[derive(Debug, Default)]
pub(crate) struct Trail<'a> {
    /// The path as documents write it; nothing for an unknown one, which may be anything.
    pub(crate) template: &'a str,
    /// Who called; nothing where nobody asked.
    pub(crate) client: Option<Client>,
    /// Why the answer is not what was asked for.
    pub(crate) because: Option<String>,
}

/// Answers a request, whatever it is.
pub(crate) async fn handle(app: &App, request: Request<Incoming>, peer: IpAddr) -> Sent {
    let start = Instant::now();
    let (head, body) = request.into_parts();
    let id = request_id::of(&head.headers);
    let mut trail = Trail::default();
    let result = caught(dispatch(app, &head, body, peer, &mut trail)).await;
    let mut answer = match result.unwrap_or_else(|panic| Err(defect(&panic))) {
        Ok(answer) => answer,
        Err(mut refusal) => {
            trail.because = refusal.take_reason();
            Answer::from_refusal(refusal, head.uri.path(), id.to_str().unwrap_or_default())
        }
    };
    headers::add_common(&head.headers, &id, &mut answer.headers);
    if let Some(cors) = &app.cors {
        cors.mark(&head.headers, &mut answer.headers);
    }
    if head.method == Method::HEAD {
        answer = answer.without_body();
    }
    log(&head, &answer, &id, &trail, start);
    answer.into_sent()
}

fn defect(panic: &str) -> Refusal {
    Refusal::of(Problem::Internal).because(format!("panic: {panic}"))
}

async fn dispatch<'a>(
    app: &'a App,
    head: &Parts,
    body: Incoming,
    peer: IpAddr,
    trail: &mut Trail<'a>,
) -> Result<Answer, Refusal> {
    headers::check_head(head)?;
    match app.plans.find(head.method.as_str(), head.uri.path()) {
        Found::Route { route, params, .. } => {
            let wanted = route::Wanted {
                route,
                params: &params,
                peer,
            };
            route::answer(app, head, body, &wanted, trail).await
        }
        Found::Options { allow } => Ok(options(app, head, allow)),
        Found::WrongMethod { allow } => Err(wrong_method(allow)),
        Found::Nothing => system::answer(app, head, trail).await,
    }
}

/// 204 with the methods of the path, and what a browser's preflight asks for.
pub(crate) fn options(app: &App, head: &Parts, allow: &str) -> Answer {
    let allow = methods(allow);
    let mut answer = Answer::new(StatusCode::NO_CONTENT);
    if let Some(cors) = &app.cors {
        cors.preflight(&head.headers, &allow, &mut answer.headers);
    }
    answer.with(ALLOW, allow)
}

/// 405 with the methods of the path.
pub(crate) fn wrong_method(allow: &str) -> Refusal {
    Refusal::of(Problem::MethodNotAllowed).with(ALLOW, methods(allow))
}

fn methods(allow: &str) -> HeaderValue {
    HeaderValue::from_str(allow).unwrap_or_else(|_| HeaderValue::from_static("GET, HEAD, OPTIONS"))
}

/// One line a request: never a token, a body, a query or a path that a caller made up.
fn log(head: &Parts, answer: &Answer, id: &HeaderValue, trail: &Trail<'_>, start: Instant) {
    let status = answer.status.as_u16();
    if status < 500 && !tracing::enabled!(tracing::Level::INFO) {
        return;
    }
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    let id = id.to_str().unwrap_or_default();
    let caller = match trail.client {
        Some(Client::Caller(hash)) => Some(tracing::field::display(Hex(hash))),
        Some(Client::Address(_)) | None => None,
    };
    let because = trail.because.as_deref();
    let trace = trace::trace_id(&head.headers);
    let method = known_method(&head.method);
    let route = trail.template;
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                method, route, status, micros, id, caller, trace, because, "request"
            )
        };
    }
    match status {
        500 => line!(error),
        503 => line!(warn),
        _ => line!(info),
    }
}

/// Written only when the line is.
struct Hex(u64);

impl std::fmt::Display for Hex {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

fn known_method(method: &Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "OTHER",
    }
}
