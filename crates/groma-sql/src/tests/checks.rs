//! Declared checks: which of them a request breaks, and what it is told.

use groma_ir::design::{ActionId, Assign, Check, Compare, EntityId, Term, Value};

use super::harness::{Answer, Api, user};
use super::wide::{self, PROJECT, compare, id, stored};
use crate::Presence;

/// Projects whose `level` is at most 7 and less than their `weight`, which is not 3.
fn checked() -> Api {
    let model = wide::lowered(|design| {
        let project = &mut design.entities[id::<EntityId>(PROJECT)];
        let origin = project.origin;
        let field = |name: &str| stored(project.field(name).unwrap());
        let (level, weight) = (field("level"), field("weight"));
        let three = Term::Value(Value::Float(3.0));
        let conds = [
            compare(Compare::Lt, level, weight.clone()),
            compare(Compare::Ne, weight, three),
        ];
        project.checks.extend(conds.map(|cond| Check {
            cond,
            text: String::new(),
            origin,
        }));
    });
    Api::new(model, Presence::none())
}

fn mistakes(answer: &Answer) -> Vec<(&str, &str)> {
    let errors = answer.body["errors"].as_array().unwrap().iter();
    errors
        .map(|error| {
            (
                error["pointer"].as_str().unwrap(),
                error["detail"].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn every_declared_check_that_does_not_hold_is_the_callers_mistake() {
    let api = checked();
    let ada = user("ada");
    let answer = api.send(
        &ada,
        "POST",
        "/api/projects",
        r#"{"name":"p","level":8,"weight":3}"#,
    );
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["type"], "/problems/invalid-body");
    assert_eq!(answer.body["errors"][0]["code"], "value_error");
    assert_eq!(
        mistakes(&answer),
        [
            ("/level", "This must hold: `level` is at most `7`."),
            ("/level", "This must hold: `level` is less than `weight`."),
            ("/weight", "This must hold: `weight` is not `3`."),
        ]
    );
    let made = api.make(&ada, "/api/projects", r#"{"name":"p","level":1,"weight":5}"#);
    let answer = api.send(&ada, "PATCH", &format!("/api/projects/{made}"), r#"{"weight":0}"#);
    assert_eq!(
        mistakes(&answer),
        [("/weight", "This must hold: `level` is less than `weight`.")]
    );
    let answer = api.send(&ada, "POST", &format!("/api/projects/{made}/bump"), r#"{"by":9}"#);
    assert_eq!(
        mistakes(&answer),
        [
            ("/by", "This must hold: `level` is at most `7`."),
            ("/by", "This must hold: `level` is less than `weight`."),
        ]
    );
    assert_eq!(api.get(&ada, &format!("/api/projects/{made}")).body["level"], 1);
    let fine = api.send(&ada, "POST", "/api/projects", r#"{"name":"q","weight":4}"#);
    assert_eq!(fine.status, 201, "what is unknown is kept: {}", fine.text);
}

#[test]
fn a_check_that_an_action_without_a_body_breaks_is_a_state_that_does_not_allow_it() {
    let model = wide::lowered(|design| {
        let project = &mut design.entities[id::<EntityId>(PROJECT)];
        let bump = &mut project.actions[id::<ActionId>(0)];
        bump.inputs = std::iter::empty().collect();
        bump.sets[0].1 = Assign::Term(Term::Value(Value::Int(9)));
    });
    let api = Api::new(model, Presence::none());
    let ada = user("ada");
    let made = api.make(&ada, "/api/projects", r#"{"name":"p","level":1}"#);
    let answer = api.send(&ada, "POST", &format!("/api/projects/{made}/bump"), "");
    assert_eq!(
        (answer.status, &answer.body["type"]),
        (409, &"/problems/invalid-state".into())
    );
    assert_eq!(answer.body["detail"], "This must hold: `level` is at most `7`.");
}
