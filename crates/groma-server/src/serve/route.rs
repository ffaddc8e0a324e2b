//! A request for a route of the design, step by step in the order of the contract.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use groma_ir::http::{Operation, RouteId};
use groma_plan::{Caller, Params, Request, World};
use groma_sql::Outcome;
use hyper::body::{Body, Incoming};
use hyper::header::{AsHeaderName, CACHE_CONTROL, HeaderMap, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use hyper::http::request::Parts;

use super::answer::{Answer, Refusal};
use super::client::Client;
use super::handle::Trail;
use super::identity::Known;
use super::{App, accept, body, identity};
use crate::store::StoreError;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// A route, and what the request says besides its head and its body.
pub(crate) struct Wanted<'r> {
    pub(crate) route: RouteId,
    pub(crate) params: &'r Params<'r>,
    pub(crate) peer: IpAddr,
}

/// Answers a request for a route.
pub(crate) async fn answer<'a>(
    app: &'a App,
    head: &Parts,
    body: Incoming,
    wanted: &Wanted<'_>,
    trail: &mut Trail<'a>,
) -> Result<Answer, Refusal> {
    let facts = app.facts(wanted.route);
    trail.template = &facts.template;
    let known = identity::establish(app, &head.headers, wanted.peer, facts.public).await?;
    let client = known.origin.client;
    trail.client = Some(client);
    let counted = app.limits.count(wanted.route, known.origin);
    let mut result = match counted.refusal() {
        Some(refusal) => Err(refusal),
        None => admitted(app, head, body, wanted, known).await,
    };
    if let Ok(answer) = &mut result
        && facts.public
        && !app.plans.route(wanted.route).operation.is_write()
        && matches!(client, Client::Address(_))
    {
        answer.headers.insert(CACHE_CONTROL, REVALIDATE);
    }
    match &mut result {
        Ok(answer) => answer.headers.extend(counted.fields()),
        Err(refusal) => refusal.add(counted.fields()),
    }
    result
}

/// The steps behind token and rate limit.
async fn admitted(
    app: &App,
    head: &Parts,
    body: Incoming,
    wanted: &Wanted<'_>,
    known: Known,
) -> Result<Answer, Refusal> {
    let client = known.origin.client;
    let caller = Arc::new(known.caller);
    app.plans.admit(wanted.route, wanted.params, &caller)?;
    let body = payload(app, head, body, wanted).await?;
    let if_match = joined(&head.headers, IF_MATCH);
    let if_none_match = joined(&head.headers, IF_NONE_MATCH);
    let idempotency_key = joined(&head.headers, IDEMPOTENCY_KEY);
    let incoming = groma_plan::Incoming {
        route: wanted.route,
        params: wanted.params,
        path: head.uri.path(),
        query: head.uri.query(),
        body: &body,
        if_match: if_match.as_deref(),
        if_none_match: if_none_match.as_deref(),
        idempotency_key: idempotency_key.as_deref(),
    };
    let request = app.plans.decode(&incoming, &caller, &world())?;
    let _in_use = app.retries.begin(request.retry.as_ref())?;
    Ok(Answer::from_reply(run(app, client, caller, request).await??))
}

/// Writes take their turn; what may look at many rows runs aside; all else is read here and now.
async fn run(
    app: &App,
    client: Client,
    caller: Arc<Caller>,
    request: Request,
) -> Result<Outcome, StoreError> {
    let operation = app.plans.route(request.route).operation;
    if operation.is_write() {
        let sql = Arc::clone(&app.sql);
        app.store
            .run_write(move || sql.job(Arc::clone(&caller), request.clone()))
            .await
    } else if is_wide(operation, &request) {
        app.store
            .run_wide(client.number(), app.sql.job(caller, request))
            .await
    } else {
        app.store.run_read(app.sql.job(caller, request)).await
    }
}

/// Whether a read may look at more rows than it answers with: an index serves one item and a plain page.
fn is_wide(operation: Operation, request: &Request) -> bool {
    let query = &request.query;
    // A name with an escape in it may be `sort` as well.
    let names = request
        .raw_query
        .split('&')
        .filter_map(|pair| pair.split('=').next());
    let is_sorted = names.into_iter().any(|name| name == "sort" || name.contains('%'));
    matches!(operation, Operation::Report(_))
        || query.count
        || query.offset > 0
        || is_sorted
        || !query.words.is_empty()
        || !query.filters.is_empty()
}

/// 406, 415 and 413, then the body, where the route takes one.
async fn payload(app: &App, head: &Parts, body: Incoming, wanted: &Wanted<'_>) -> Result<Bytes, Refusal> {
    if app.facts(wanted.route).answers_json {
        accept::check_accept(&head.headers)?;
    }
    let plan = app.plans.route(wanted.route);
    if !plan.takes_body() {
        return Ok(Bytes::new());
    }
    accept::check_content_type(&head.headers, plan.is_patch(), !body.is_end_stream())?;
    body::read(body, app.model.design.service.limits.body, app.patience.body).await
}

/// A header that may come in several lines, as one (RFC 9110 §5.3). What is no text cannot match anything.
fn joined(headers: &HeaderMap, name: impl AsHeaderName) -> Option<Cow<'_, str>> {
    let mut lines = headers
        .get_all(name)
        .iter()
        .map(|line| line.to_str().unwrap_or("\"\u{fffd}\""));
    let first = lines.next()?;
    Some(lines.fold(Cow::Borrowed(first), |all, line| {
        Cow::Owned(format!("{all}, {line}"))
    }))
}

fn world() -> World {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    World {
        now: i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        uuid: || uuid::Uuid::now_v7().into_bytes(),
        random: |bytes| {
            if aws_lc_rs::rand::fill(bytes).is_err() {
                unreachable!("the system gives random bytes");
            }
        },
    }
}
