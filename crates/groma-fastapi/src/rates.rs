//! How often each may call, as dependencies.
//!
//! The limit of the service stands once, where `main.py` takes in the routers; on a service with public routes it
//! stands with each route, because there a request without a token is somebody on some routes and nobody on others.

use groma_ir::design::{Per, Rate};
use groma_ir::http::Route;

use crate::cx::Cx;
use crate::python::{Doc, Imports, string};

const RATE: &str = "app.core.rate";

/// A module, and a name of it.
pub(crate) type Import = (&'static str, &'static str);

/// The same for a dependency of this module's.
pub(crate) fn imported(name: &'static str) -> Import {
    (RATE, name)
}

/// The dependency of every route alike; none where routes have their own.
pub(crate) fn of_all(cx: &Cx<'_>) -> Option<&'static str> {
    let rate = cx.model.design.service.limits.rate?;
    let has_public = cx.model.http.routes.iter().any(|route| route.public);
    match rate.per {
        Per::Address => Some("within_address_rate"),
        Per::Caller if cx.caller().is_none() => Some("within_address_rate"),
        Per::Caller if has_public => None,
        Per::Caller => Some("within_rate"),
    }
}

/// The dependencies of the owner's routes: whatever else the design has, nobody gets in without a token where there are
/// any.
pub(crate) fn of_extra(cx: &Cx<'_>) -> Vec<Import> {
    let rate = cx.model.design.service.limits.rate.map(|rate| rate.per);
    let caller = cx.caller().map(|_| ("app.core.auth", "current_caller"));
    match (rate, caller) {
        // It asks who calls by itself.
        (Some(Per::Caller), Some(_)) => vec![imported("within_rate")],
        (rate, caller) => {
            let rate = rate.map(|_| imported("within_address_rate"));
            rate.into_iter().chain(caller).collect()
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

/// The dependencies of one route, which stand before all others in its decorator.
pub(crate) fn of_route(cx: &Cx<'_>, imports: &mut Imports, route: &Route) -> Vec<Doc> {
    let service = cx
        .model
        .design
        .service
        .limits
        .rate
        .filter(|_| of_all(cx).is_none());
    let service = service.map(|_| {
        let name = if route.public {
            "within_public_rate"
        } else {
            "within_rate"
        };
        Doc::text(imports.name(RATE, name))
    });
    let mut found: Vec<Doc> = service.into_iter().collect();
    found.extend(route.limit.map(|rate| own(cx, imports, route, rate)));
    let depends = imports_depends(imports, found.is_empty());
    found.into_iter().map(|one| Doc::call(depends, [one])).collect()
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
