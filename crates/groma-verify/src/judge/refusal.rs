//! Refusals: the kind of problem, and every single mistake in the input.

use serde_json::Value as Json;

use groma_ir::http::Problem;

use super::{Symptom, excerpt};
use crate::call::Mistake;
use crate::catalogue;
use crate::net::Answer;
use crate::report::Severity;

/// Every way in which a refusal of the right status differs from the right one; any of these kinds will do.
pub(super) fn symptoms(kinds: &[Problem], mistakes: &[Mistake], answer: &Answer) -> Vec<Symptom> {
    let Some(body) = answer.json() else {
        return Vec::new();
    };
    let given = body.get("type").and_then(Json::as_str).unwrap_or_default();
    let mut symptoms = Vec::new();
    if !kinds.iter().any(|kind| kind.type_uri() == given) {
        let wanted: Vec<String> = kinds
            .iter()
            .map(|kind| format!("`{}`", kind.type_uri()))
            .collect();
        let symptom = Symptom::new("type", format!("type {}", wanted.join(" or ")), excerpt(answer));
        symptoms.push(symptom.of(&catalogue::E01));
    }
    if kinds.contains(&Problem::Unauthenticated) {
        symptoms.extend(challenge(answer));
    }
    if !mistakes.is_empty() {
        symptoms.extend(compare(mistakes, &listed(&body), answer));
    }
    symptoms
}

fn challenge(answer: &Answer) -> Option<Symptom> {
    let value = answer.header("www-authenticate");
    let is_fine = value.is_some_and(|value| value.starts_with("Bearer"));
    (!is_fine).then(|| {
        Symptom::new("challenge", "`WWW-Authenticate: Bearer …`", format!("{value:?}")).of(&catalogue::J01)
    })
}

/// The single mistakes that an answer lists.
pub(crate) fn listed(body: &Json) -> Vec<(String, String)> {
    let errors = body
        .get("errors")
        .and_then(Json::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let text = |error: &Json, name: &str| error.get(name).and_then(Json::as_str).map(str::to_owned);
    let place = |error: &Json| {
        text(error, "pointer")
            .or_else(|| text(error, "parameter"))
            .or_else(|| text(error, "header"))
    };
    errors
        .iter()
        .map(|error| {
            (
                text(error, "code").unwrap_or_default(),
                place(error).unwrap_or_default(),
            )
        })
        .collect()
}

fn compare(expected: &[Mistake], got: &[(String, String)], answer: &Answer) -> Option<Symptom> {
    let says = || {
        let all: Vec<String> = expected
            .iter()
            .map(|mistake| format!("`{}` at `{}`", mistake.code, mistake.at))
            .collect();
        format!("errors {}", all.join(", "))
    };
    let places = |all: &mut Vec<&str>| all.sort_unstable();
    let mut wanted: Vec<&str> = expected.iter().map(|mistake| mistake.at.as_str()).collect();
    let mut given: Vec<&str> = got.iter().map(|(_, at)| at.as_str()).collect();
    places(&mut wanted);
    places(&mut given);
    if wanted != given {
        let is_partial = wanted.len() > 1 && given.len() < wanted.len();
        let symptom = Symptom::new("places", says(), excerpt(answer));
        return Some(if is_partial {
            symptom.of(&catalogue::E04)
        } else {
            symptom
        });
    }
    let is_coded = |mistake: &Mistake| {
        mistake.code.is_empty()
            || got
                .iter()
                .any(|(code, at)| code == mistake.code && *at == mistake.at)
    };
    (!expected.iter().all(is_coded))
        .then(|| Symptom::new("code", says(), excerpt(answer)).severity(Severity::Low))
}
