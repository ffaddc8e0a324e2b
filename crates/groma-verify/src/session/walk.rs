//! Lists: from page to page to the end, then judged as a whole.

use serde_json::Value as Json;

use groma_ir::http::{Operation, ParamKind, Route, SchemaId, SchemaKind};

use super::{Exchange, Reply, Session};
use crate::call::Call;
use crate::catalogue::{self, Check};
use crate::judge::{Symptom, Trial, Walk, excerpt, page_symptoms};
use crate::net::{Answer, NetError};
use crate::oracle::{Effect, Ground, Outcome};
use crate::visibility;

/// The most pages that are walked.
const MOST_PAGES: usize = 60;

/// A page as it came.
struct Page {
    items: Vec<Json>,
    total: Option<Json>,
    /// The query of the next page.
    next: Option<String>,
}

impl<'a> Session<'a> {
    /// Walks a list and judges it.
    pub(super) fn try_list(
        &mut self,
        check: &'static Check,
        label: &str,
        call: &Call,
        outcome: Outcome,
    ) -> Result<Reply, NetError> {
        self.ledger.count(check);
        let route = &self.model.http.routes[call.route];
        let closed = visibility::is_closed(&self.world, route.entity, self.who(call.actor));
        let mut walk = Walk {
            is_closed: closed,
            ..Walk::default()
        };
        let Some((first, is_right)) = self.walk(check, label, call, route, &mut walk, outcome.ground)? else {
            return Ok(Reply {
                request: None,
                outcome,
                row: None,
                answer: None,
            });
        };
        let found = match item_schema(self.model, route) {
            Some(schema) if is_right => page_symptoms(
                Trial {
                    world: &self.world,
                    call,
                    outcome: &outcome,
                    who: self.who(call.actor),
                    since: first.since,
                    is_alone: closed,
                },
                &walk,
                schema,
            ),
            _ => Vec::new(),
        };
        for symptom in found {
            self.find(check, label, &first, outcome.ground, symptom);
        }
        debug_assert!(outcome.effect == Effect::Nothing, "a list writes nothing");
        Ok(Reply {
            request: None,
            outcome,
            row: None,
            answer: Some(first.answer),
        })
    }

    /// Whether a caller sees no row of an entity but those of this run: by the rules, or by looking at all of them.
    pub(super) fn is_alone(&mut self, call: &Call) -> Result<bool, NetError> {
        let entity = self.model.http.routes[call.route].entity;
        if visibility::is_closed(&self.world, entity, self.who(call.actor)) {
            return Ok(true);
        }
        let resource = self.model.http.routes[call.route].resource;
        let mut routes = self.model.http.routes.entries();
        let beside =
            routes.find(|(_, route)| route.resource == resource && route.operation == Operation::List);
        let free = || {
            let free = |list: &groma_ir::http::RouteId| {
                self.model.http.routes[*list].path.parents().next().is_none()
            };
            self.route_of(entity, Operation::List).filter(free)
        };
        let Some(list) = beside.map(|(id, _)| id).or_else(free) else {
            return Ok(false);
        };
        if self.in_company.contains(&(entity, call.actor)) {
            return Ok(false);
        }
        let look = Call {
            below: call.below.clone(),
            path_caller: call.path_caller.clone(),
            ..Call::new(list, call.actor)
        };
        if !self.decide(&look).is_success() {
            return Ok(false);
        }
        let route = &self.model.http.routes[list];
        let mut walk = Walk::default();
        self.walk(&catalogue::F03, "look", &look, route, &mut walk, Ground::Route)?;
        let declared = &self.model.design.entities[entity];
        let key = &declared.fields[declared.key].wire;
        let is_ours = |item: &serde_json::Map<String, Json>| {
            item.get(key)
                .is_some_and(|key| self.world.find(entity, key).is_some())
        };
        let is_alone = walk.is_complete && walk.items.iter().all(is_ours);
        if !is_alone {
            self.in_company.insert((entity, call.actor));
        }
        Ok(is_alone)
    }

    /// The first exchange of a walk, and whether every page was a page.
    fn walk(
        &mut self,
        check: &'static Check,
        label: &str,
        call: &Call,
        route: &'a Route,
        walk: &mut Walk,
        ground: Ground,
    ) -> Result<Option<(Exchange, bool)>, NetError> {
        let mut request = self.spell(call)?;
        let mut first: Option<Exchange> = None;
        for _ in 0..MOST_PAGES {
            let Some(exchange) = self.exchange(Some(route), request.clone(), call.actor)? else {
                return Ok(None);
            };
            let page = read_page(self.model, route, &exchange.answer);
            let symptoms = page_faults(route, call, &exchange.answer, page.as_ref());
            let is_broken = page.is_none() || exchange.answer.status != 200;
            for symptom in symptoms {
                self.find(check, label, &exchange, ground, symptom);
            }
            let (answered, start) = (exchange.clone(), first.get_or_insert(exchange).clone());
            let Some(page) = page.filter(|_| !is_broken) else {
                return Ok(Some((start, false)));
            };
            drop(answered);
            walk.items.extend(page.items.into_iter().filter_map(object));
            walk.total = walk.total.take().or(page.total);
            if let Some(query) = page.next {
                request.path = format!("{}?{query}", path_of(&request.path));
            } else {
                walk.is_complete = true;
                return Ok(Some((start, true)));
            }
        }
        self.ledger.note(format!(
            "`{}` has more pages than are walked: some lists were judged in part",
            route.operation_id
        ));
        Ok(first.map(|first| (first, true)))
    }
}

fn object(item: Json) -> Option<serde_json::Map<String, Json>> {
    match item {
        Json::Object(item) => Some(item),
        _ => None,
    }
}

fn path_of(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}

/// The schema of the items of a list.
fn item_schema(model: &groma_ir::Model, route: &Route) -> Option<SchemaId> {
    match &model.http.schemas[route.success.body?].kind {
        SchemaKind::Page { item, .. } | SchemaKind::Array(item) => Some(*item),
        _ => None,
    }
}

fn read_page(model: &groma_ir::Model, route: &Route, answer: &Answer) -> Option<Page> {
    let body = answer.json()?;
    let linked = answer.header("link").and_then(next_query);
    match (&model.http.schemas[route.success.body?].kind, body) {
        (SchemaKind::Array(_), Json::Array(items)) => Some(Page {
            items,
            total: answer
                .header("x-total-count")
                .and_then(|total| total.parse().ok()),
            next: linked,
        }),
        (SchemaKind::Page { items, cursor, .. }, Json::Object(mut page)) => {
            let Some(Json::Array(rows)) = page.remove(items) else {
                return None;
            };
            let total = page.remove("total");
            let is_formed = match (cursor, page.get("next_cursor")) {
                (true, Some(Json::String(_) | Json::Null)) => true,
                (true, _) => false,
                (false, _) => {
                    page.get("limit").is_some_and(Json::is_u64)
                        && page.get("offset").is_some_and(Json::is_u64)
                }
            };
            let has_next = page.get("next_cursor").is_some_and(Json::is_string);
            let agrees = !cursor || has_next == linked.is_some();
            (is_formed && agrees).then_some(Page {
                items: rows,
                total,
                next: linked,
            })
        }
        _ => None,
    }
}

/// The query of `<...?query>; rel="next"`.
fn next_query(link: &str) -> Option<String> {
    let next = link
        .split(", ")
        .find(|part| part.contains("rel=\"next\"") || part.contains("rel=next"))?;
    let url = next.split_once('<')?.1.split_once('>')?.0;
    url.split_once('?').map(|(_, query)| query.to_owned())
}

/// What is wrong with a single page, whatever rows it holds.
fn page_faults(route: &Route, call: &Call, answer: &Answer, page: Option<&Page>) -> Vec<Symptom> {
    if answer.status != 200 {
        return vec![Symptom::new("status", "200", excerpt(answer))];
    }
    let Some(page) = page else {
        let what = "a page as the specification has it, with `next_cursor` and `Link` in agreement";
        return vec![Symptom::new("body", what, excerpt(answer)).of(&catalogue::F02)];
    };
    let limit = call.ask.limit.or_else(|| {
        route.query.iter().find_map(|param| match param.kind {
            ParamKind::Limit { default, .. } => Some(default),
            _ => None,
        })
    });
    let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else {
        return Vec::new();
    };
    let is_full = page.next.is_none() || page.items.len() == limit;
    let is_right = page.items.len() <= limit && is_full;
    let symptom = || {
        Symptom::new(
            "page-size",
            format!("{limit} rows a page"),
            format!("{} rows", page.items.len()),
        )
    };
    if is_right {
        Vec::new()
    } else {
        vec![symptom().of(&catalogue::F06)]
    }
}
