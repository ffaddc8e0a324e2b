//! From the words of a request to typed values, in one pass, with every mistake reported.

mod body;
pub(crate) mod json;
mod number;
pub(crate) mod percent;
mod query;
mod retry;
pub(crate) mod shape;
mod text;

pub use body::{Body, Target};
pub use json::MOST_DEPTH;
pub use query::{Filter, Query, SortTerm, Test};
pub use retry::Retry;

pub(crate) use body::BodyPlan;
pub(crate) use query::QueryPlan;
pub(crate) use retry::RetryPlan;

use groma_ir::http::{Problem, RouteId};

use crate::failure::Mistakes;
use crate::find::Params;
use crate::{Caller, Failure, RoutePlan, Tags, Value, World};

/// The parts of a request as they came.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'r> {
    /// The route that its method and path mean.
    pub route: RouteId,
    /// The parameters of its path.
    pub params: &'r Params<'r>,
    /// The whole path, still percent-encoded.
    pub path: &'r str,
    /// The query, without the question mark.
    pub query: Option<&'r str>,
    /// The body; empty where there is none.
    pub body: &'r [u8],
    /// `If-Match`, its lines joined with commas.
    pub if_match: Option<&'r str>,
    /// `If-None-Match`, its lines joined with commas.
    pub if_none_match: Option<&'r str>,
    /// `Idempotency-Key`, its lines joined with commas.
    pub idempotency_key: Option<&'r str>,
}

/// A request of which everything is known but the rows.
#[derive(Clone, Debug)]
pub struct Request {
    /// The route.
    pub route: RouteId,
    /// The item's key. One that is not of the key's type is null, which no row has: it ends as every row
    /// that is not there.
    pub key: Value,
    /// What the path says of the rows that the item lies below, in order; null like the key.
    pub parents: Vec<Value>,
    /// What the query asks for.
    pub query: Query,
    /// What the body says.
    pub body: Body,
    /// The states that the row may be in, where the route honours it.
    pub if_match: Option<Tags>,
    /// The answers that the client has, where the route has tags.
    pub if_none_match: Option<Tags>,
    /// By what it is known again when it is sent once more, where the route and the caller are such that it can be.
    pub retry: Option<Retry>,
    /// The time of the request, and what makes keys and secrets.
    pub world: World,
    /// Where the request went, for links.
    pub path: String,
    /// Its query as it came, for links.
    pub raw_query: String,
}

impl Request {
    /// The `Link` to the next page: the same query with one parameter put in place.
    pub fn next_link(&self, name: &str, value: &str) -> String {
        let mut link = format!("<{}?", self.path);
        for pair in self.raw_query.split('&').filter(|pair| !pair.is_empty()) {
            let known = pair.split_once('=').map_or(pair, |(name, _)| name);
            if percent::query(known).as_deref() != Some(name) {
                // What came in a header of a request can leave in a header of the answer, but for what ends a link.
                link.push_str(&pair.replace('>', "%3E"));
                link.push('&');
            }
        }
        link.push_str(name);
        link.push('=');
        percent::encode(&mut link, value);
        link.push_str(">; rel=\"next\"");
        link
    }

    /// The path of an item below the collection that the request went to.
    pub fn location(&self, key: &Value) -> String {
        let mut path = self.path.clone();
        path.push('/');
        percent::encode(&mut path, &key.to_wire_text());
        path
    }
}

pub(crate) fn decode(
    plan: &RoutePlan,
    incoming: &Incoming<'_>,
    caller: &Caller,
    world: &World,
) -> Result<Request, Failure> {
    let mut mistakes = Mistakes::default();
    let raw_query = incoming.query.unwrap_or_default();
    let parents = plan.parents_of(incoming.params);
    let query = plan.query.read(raw_query, &parents, &mut mistakes);
    let retry = retry::read(plan, incoming, caller, &mut mistakes);
    let body = plan.body.read(incoming.body, caller, world, &mut mistakes);
    if !mistakes.is_empty() {
        let problem = match plan.body.status() {
            Some(status) if mistakes.are_about_schema() => Problem::InvalidBody { status },
            _ => Problem::InvalidRequest,
        };
        return Err(Failure {
            problem,
            detail: None,
            errors: mistakes.into_errors(),
        });
    }
    Ok(Request {
        route: plan.id,
        key: plan.key_of(incoming.params, &body),
        parents,
        query,
        body,
        if_match: incoming.if_match.filter(|_| plan.if_match).map(Tags::parse),
        if_none_match: incoming.if_none_match.filter(|_| plan.has_tag()).map(Tags::parse),
        retry,
        world: *world,
        path: incoming.path.to_owned(),
        raw_query: raw_query.to_owned(),
    })
}
