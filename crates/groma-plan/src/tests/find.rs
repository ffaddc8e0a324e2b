//! Paths and methods, and what the caller alone decides.

use groma_ir::access::CallerFacts;
use groma_ir::design::{RoleId, RoleSet, Segment};
use groma_ir::http::Problem;
use groma_ir::{Id, Model, sample};

use super::kit::{ada, tasks};
use crate::{Caller, Found, Plans, Value};

fn found(plans: &Plans, method: &str, path: &str) -> String {
    match plans.find(method, path) {
        Found::Route { route, params, head } => {
            let head = if head { " without a body" } else { "" };
            format!("{:?} {:?}{head}", plans.route(route).operation, params.0)
        }
        Found::Options { allow } => format!("options {allow}"),
        Found::WrongMethod { allow } => format!("405 {allow}"),
        Found::Nothing => String::from("404"),
    }
}

#[test]
fn a_method_and_a_path_mean_a_route_or_say_what_would() {
    let plans = tasks();
    for (method, path, wanted) in [
        ("GET", "/api/tasks", "List []"),
        ("HEAD", "/api/tasks", "List [] without a body"),
        ("POST", "/api/tasks", "Create []"),
        ("GET", "/api/tasks/x", "Get [\"x\"]"),
        ("PATCH", "/api/tasks/a%2Fb", "Update [\"a%2Fb\"]"),
        ("PUT", "/api/tasks/x", "Replace [\"x\"]"),
        ("GET", "/api/tasks/stats", "Report(ReportId(0)) []"),
        ("POST", "/api/tasks/x/complete", "Action(ActionId(0)) [\"x\"]"),
        (
            "POST",
            "/api/tasks/stats/complete",
            "Action(ActionId(0)) [\"stats\"]",
        ),
        ("OPTIONS", "/api/tasks", "options GET, HEAD, POST, OPTIONS"),
        (
            "OPTIONS",
            "/api/tasks/x",
            "options GET, HEAD, PATCH, PUT, DELETE, OPTIONS",
        ),
        ("DELETE", "/api/tasks", "405 GET, HEAD, POST, OPTIONS"),
        ("PATCH", "/api/tasks/stats", "405 GET, HEAD, OPTIONS"),
        ("get", "/api/tasks", "405 GET, HEAD, POST, OPTIONS"),
        ("GET", "/api/tasks/", "404"),
        ("GET", "/api/tasks/x/", "404"),
        ("GET", "/api//tasks", "404"),
        ("GET", "/api", "404"),
        ("GET", "/", "404"),
        ("GET", "", "404"),
        ("GET", "api/tasks", "404"),
        ("GET", "/api/tasks/x/complete/y", "404"),
        ("OPTIONS", "/nothing", "404"),
    ] {
        assert_eq!(found(&plans, method, path), wanted, "{method} {path}");
    }
}

#[test]
fn a_path_of_many_parts_is_no_work() {
    let plans = tasks();
    assert_eq!(found(&plans, "GET", &"/api".repeat(200_000)), "404");
}

fn problem(plans: &Plans, method: &str, path: &str, caller: &Caller) -> Option<Problem> {
    let Found::Route { route, params, .. } = plans.find(method, path) else {
        panic!("no route")
    };
    plans
        .admit(route, &params, caller)
        .err()
        .map(|failure| failure.problem)
}

#[test]
fn the_caller_in_the_path_must_be_the_caller_of_the_token() {
    let mut design = sample::tasks().design;
    let resource = &mut design.resources[Id::new(1)];
    resource.path.insert(
        0,
        Segment::Caller {
            name: String::from("user_id"),
        },
    );
    let plans = Plans::new(&Model::new(design));
    let ada = ada();
    assert_eq!(problem(&plans, "GET", "/api/ada/tasks", &ada), None);
    assert_eq!(problem(&plans, "GET", "/api/%61da/tasks", &ada), None);
    assert_eq!(
        problem(&plans, "GET", "/api/bob/tasks", &ada),
        Some(Problem::Forbidden)
    );
    assert_eq!(
        problem(&plans, "GET", "/api/%ff/tasks", &ada),
        Some(Problem::Forbidden)
    );
    assert_eq!(
        problem(&plans, "GET", "/api/ada/tasks", &Caller::anonymous()),
        Some(Problem::Unauthenticated)
    );
    let Found::Route { params, .. } = plans.find("GET", "/api/ada/tasks/k") else {
        panic!("no route")
    };
    assert_eq!(params.0, ["ada", "k"]);
}

#[test]
fn a_role_that_never_may_is_refused_before_anything_is_read() {
    let mut design = sample::tasks().design;
    let project = Id::new(1);
    // Nobody but an admin may delete projects now.
    design.entities[project].rules[1]
        .verbs
        .retain(|used| used.verb != groma_ir::design::Verb::Delete);
    let plans = Plans::new(&Model::new(design));
    let mut admin = ada();
    admin.facts.roles = admin.facts.roles.with(RoleId::new(1));
    assert_eq!(
        problem(&plans, "DELETE", "/api/projects/x", &ada()),
        Some(Problem::Forbidden)
    );
    assert_eq!(problem(&plans, "DELETE", "/api/projects/x", &admin), None);
}

#[test]
fn what_is_decided_by_the_caller_is_what_the_predicates_say() {
    let model = sample::tasks();
    let plans = Plans::new(&model);
    let roles = [
        RoleSet::EMPTY,
        RoleSet::EMPTY.with(RoleId::new(0)),
        RoleSet::EMPTY.with(RoleId::new(1)),
    ];
    for (id, route) in model.http.routes.entries() {
        let access = model.access.of(route.entity);
        for facts in roles.map(|roles| CallerFacts {
            authenticated: true,
            roles,
        }) {
            let possible = match route.operation {
                groma_ir::http::Operation::Create => access.create.is_possible(&facts),
                groma_ir::http::Operation::Update | groma_ir::http::Operation::Replace => {
                    access.update.is_possible(&facts)
                }
                groma_ir::http::Operation::Delete => !access.delete.for_caller(&facts).is_never(),
                groma_ir::http::Operation::Action(action) => {
                    !access.action(action).for_caller(&facts).is_never()
                }
                _ => !access.read.for_caller(&facts).is_never(),
            };
            let caller = Caller { facts, ..ada() };
            let params = crate::Params(vec!["x"]);
            assert_eq!(
                plans.admit(id, &params, &caller).is_ok(),
                possible,
                "{}",
                route.operation_id
            );
        }
    }
}

#[test]
fn a_subject_that_can_be_no_key_is_no_caller() {
    let plans = tasks();
    let caller = |subject: &str| plans.caller(subject, RoleSet::EMPTY, Vec::new());
    assert_eq!(
        caller("ada").map(|caller| caller.key),
        Some(Value::Text("ada".to_owned()))
    );
    assert_eq!(caller(""), None);
    assert_eq!(caller(&"a".repeat(65)), None);
    assert_eq!(caller("a\0b"), None);
}
