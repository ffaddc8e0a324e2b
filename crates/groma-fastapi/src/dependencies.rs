//! Who has to be known before a route does anything, and how often each may call, as dependencies of FastAPI.
//!
//! What holds for all of them stands once, where `main.py` takes in the routers. On a service with public routes it stands
//! with each route, because there a request without a token is somebody on some routes and nobody on others.

use groma_ir::design::{Per, Rate};
use groma_ir::http::Route;

use crate::cx::Cx;
use crate::python::{Doc, Imports, string};

const RATE: &str = "app.core.rate";
const AUTH: &str = "app.core.auth";
/// Refuses whoever has no token.
const CALLER: Import = (AUTH, "current_caller");

/// Lets what nobody in particular reads be kept.
const KEPT: Import = ("app.core.answers", "may_be_kept");

/// A module, and a name of it.
pub(crate) type Import = (&'static str, &'static str);

/// A dependency of the module of rates.
fn imported(name: &'static str) -> Import {
    (RATE, name)
}

/// Those of every route alike: a caller, who is asked for before anything is read, and the rate.
pub(crate) fn of_all(cx: &Cx<'_>) -> Vec<Import> {
    if has_their_own(cx) {
        return Vec::new();
    }
    let kept = cx.caller().is_none().then_some(KEPT);
    kept.into_iter().chain(of_extra(cx)).collect()
}

/// Those of the owner's routes: whatever else the design has, nobody gets in without a token where there are
/// any.
pub(crate) fn of_extra(cx: &Cx<'_>) -> Vec<Import> {
    let rate = cx.model.design.service.limits.rate.map(|rate| rate.per);
    let caller = cx.caller().map(|_| CALLER);
    match (rate, caller) {
        // It asks who calls by itself.
        (Some(Per::Caller), Some(_)) => vec![imported("within_rate")],
        (rate, caller) => {
            let rate = rate.map(|_| imported("within_address_rate"));
            caller.into_iter().chain(rate).collect()
        }
    }
}

/// The same of those that the owner has for anybody.
pub(crate) fn of_public_extra(cx: &Cx<'_>) -> Vec<Import> {
    let rate = cx.model.design.service.limits.rate;
    rate.map(|_| imported("within_address_rate"))
        .into_iter()
        .collect()
}

/// Those of one route, which stand before all others in its decorator.
pub(crate) fn of_route(cx: &Cx<'_>, imports: &mut Imports, route: &Route) -> Vec<Doc> {
    let mut found = Vec::new();
    if has_their_own(cx) {
        let rate = cx.model.design.service.limits.rate.map(|rate| rate.per);
        let (caller, rate) = match (rate, route.public) {
            (Some(Per::Caller), true) => (None, Some(imported("within_public_rate"))),
            (Some(Per::Caller), false) => (None, Some(imported("within_rate"))),
            (rate, public) => {
                let caller = if public {
                    (AUTH, "current_caller_or_nobody")
                } else {
                    CALLER
                };
                (Some(caller), rate.map(|_| imported("within_address_rate")))
            }
        };
        let both = caller.into_iter().chain(rate);
        found.extend(both.map(|(module, name)| Doc::text(imports.name(module, name))));
    }
    found.extend(route.limit.map(|rate| own(cx, imports, route, rate)));
    let depends = imports_depends(imports, found.is_empty());
    found.into_iter().map(|one| Doc::call(depends, [one])).collect()
}

/// Whether each route says who may call it, and how often.
fn has_their_own(cx: &Cx<'_>) -> bool {
    cx.caller().is_some() && cx.model.http.routes.iter().any(|route| route.public)
}

fn imports_depends(imports: &mut Imports, is_unused: bool) -> &'static str {
    if !is_unused {
        imports.name("fastapi", "Depends");
    }
    "Depends"
}

fn own(cx: &Cx<'_>, imports: &mut Imports, route: &Route, rate: Rate) -> Doc {
    let function = match (rate.per, route.public) {
        (Per::Address, _) => "limited_by_address",
        (Per::Caller, _) if cx.caller().is_none() => "limited_by_address",
        (Per::Caller, true) => "limited_publicly",
        (Per::Caller, false) => "limited",
    };
    let name = Doc::text(string(&route.operation_id));
    let numbers = [rate.requests, rate.window].map(|number| Doc::text(number.to_string()));
    Doc::call(imports.name(RATE, function), [name].into_iter().chain(numbers))
}
