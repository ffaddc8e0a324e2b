//! Bodies that are not what they claim, and bodies in which everything is wrong at once.

use groma_ir::http::{ErrorCode, Operation, Problem};
use serde_json::Value as Json;

use super::input::{Bench, benches, members, type_of};
use crate::call::{Body, Call, Fault, Member, Mistake};
use crate::catalogue;
use crate::judge::Symptom;
use crate::net::NetError;
use crate::oracle::Ground;
use crate::session::Session;
use crate::values;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for bench in benches(cx, &[&catalogue::V06, &catalogue::V09, &catalogue::E04])? {
        unknown_members(cx, &bench)?;
        malformed(cx, &bench)?;
        media_types(cx, &bench)?;
        all_at_once(cx, &bench)?;
    }
    Ok(())
}

fn unknown_members(cx: &mut Session<'_>, bench: &Bench) -> Result<(), NetError> {
    for name in ["no_such_member", "__proto__", "a/b~c", ""] {
        let body = bench.body(cx, "", vec![Member::Raw(name.to_owned(), "1".to_owned())]);
        let mistake = Mistake::at_member(ErrorCode::ExtraForbidden, name);
        let call = bench.call(body).wrong(bench.fault(cx, vec![mistake], None));
        cx.try_refused(&catalogue::V06, "unknown", &call)?;
    }
    Ok(())
}

/// Bytes that are no JSON, or JSON that no two readers agree on: a 400 whatever the design chose for schemas.
fn malformed(cx: &mut Session<'_>, bench: &Bench) -> Result<(), NetError> {
    let first = members(cx, bench.route)
        .into_iter()
        .next()
        .map(|member| member.name)
        .unwrap_or_default();
    let name = Json::from(first).to_string();
    let deep = format!("{{{name}:{}1{}}}", "[".repeat(70), "]".repeat(70));
    let cases: Vec<(&'static catalogue::Check, &str, Vec<u8>)> = vec![
        (
            &catalogue::V06,
            "repeated-member",
            format!("{{{name}:\"a\",{name}:\"b\"}}").into_bytes(),
        ),
        (&catalogue::V06, "deep", deep.into_bytes()),
        (&catalogue::V09, "empty", Vec::new()),
        (&catalogue::V09, "open", b"{".to_vec()),
        (&catalogue::V09, "no-value", format!("{{{name}:}}").into_bytes()),
        (
            &catalogue::V09,
            "trailing-comma",
            format!("{{{name}:1,}}").into_bytes(),
        ),
        (&catalogue::V09, "single-quotes", b"{'a':1}".to_vec()),
        (&catalogue::V09, "trailing-text", b"{} {}".to_vec()),
        (
            &catalogue::V09,
            "not-a-number",
            format!("{{{name}:NaN}}").into_bytes(),
        ),
        (
            &catalogue::V09,
            "leading-zero",
            format!("{{{name}:01}}").into_bytes(),
        ),
        (
            &catalogue::V09,
            "control",
            format!("{{{name}:\"a\u{1}\"}}").into_bytes(),
        ),
        (
            &catalogue::V09,
            "lone-surrogate",
            format!("{{{name}:\"\\ud800\"}}").into_bytes(),
        ),
        (
            &catalogue::V09,
            "bad-utf-8",
            [format!("{{{name}:\"").as_bytes(), &[0xff, 0xfe], b"\"}"].concat(),
        ),
        (
            &catalogue::V09,
            "overlong-utf-8",
            [format!("{{{name}:\"").as_bytes(), &[0xc0, 0x80], b"\"}"].concat(),
        ),
    ];
    for (check, label, bytes) in cases {
        if !bytes.is_empty() || takes_no_empty(cx, bench) {
            let fault = Fault {
                problem: Problem::InvalidRequest,
                mistakes: Vec::new(),
                field: None,
            };
            cx.try_refused(check, label, &bench.call(Body::Raw(bytes)).wrong(fault))?;
        }
    }
    for (label, text) in [
        ("array", "[]"),
        ("null", "null"),
        ("text", "\"a\""),
        ("number", "1"),
    ] {
        let call = bench
            .call(Body::Raw(text.as_bytes().to_vec()))
            .wrong(bench.fault(cx, Vec::new(), None));
        cx.try_refused(&catalogue::V09, label, &call)?;
    }
    Ok(())
}

/// An action may do without a body.
fn takes_no_empty(cx: &Session<'_>, bench: &Bench) -> bool {
    !matches!(cx.model.http.routes[bench.route].operation, Operation::Action(_))
}

fn media_types(cx: &mut Session<'_>, bench: &Bench) -> Result<(), NetError> {
    let is_patch = cx.model.http.routes[bench.route].operation == Operation::Update;
    let mut wrong = vec![
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "application/jsonx",
        "nonsense",
    ];
    if !is_patch {
        wrong.push("application/merge-patch+json");
    }
    for media in wrong {
        let fault = Fault {
            problem: Problem::UnsupportedMediaType,
            mistakes: Vec::new(),
            field: None,
        };
        let mut call = bench.call(bench.body(cx, "", Vec::new())).wrong(fault);
        call.headers.push(("Content-Type".to_owned(), media.to_owned()));
        cx.try_refused(&catalogue::V09, media, &call)?;
    }
    Ok(())
}

/// One mistake in every member, a member too many and one too few: all are reported, twice in the same order.
fn all_at_once(cx: &mut Session<'_>, bench: &Bench) -> Result<(), NetError> {
    let Some(call) = everything_wrong(cx, bench) else {
        return Ok(());
    };
    let first = cx.try_refused(&catalogue::E04, "all-at-once", &call)?;
    let second = cx.try_call(&catalogue::E04, "all-at-once", &call)?;
    let errors = |answer: &Option<crate::net::Answer>| {
        answer
            .as_ref()
            .and_then(crate::net::Answer::json)
            .and_then(|body| body.get("errors").cloned())
    };
    let (one, two) = (errors(&first.answer), errors(&second.answer));
    if one != two {
        let request = cx.spell(&call)?;
        if let Some(exchange) = cx.exchange(Some(&cx.model.http.routes[bench.route]), request, bench.actor)? {
            let symptom = Symptom::new("order", format!("{one:?}"), format!("{two:?}"));
            cx.find(&catalogue::E04, "order", &exchange, Ground::Route, symptom);
        }
    }
    Ok(())
}

fn everything_wrong(cx: &Session<'_>, bench: &Bench) -> Option<Call> {
    let mut mistakes = vec![Mistake::at_member(ErrorCode::ExtraForbidden, "no_such_member")];
    let mut body = vec![Member::Raw("no_such_member".to_owned(), "1".to_owned())];
    let mut has_left_one_out = false;
    for member in members(cx, bench.route) {
        let misfit = values::misfits(&cx.model.design, type_of(&member)?)
            .into_iter()
            .find(|misfit| misfit.below.is_empty() && misfit.json.len() < 1000);
        match misfit {
            // One is left out, and with it what nothing can be wrong with.
            misfit if member.required && (!has_left_one_out || misfit.is_none()) => {
                has_left_one_out = true;
                mistakes.push(Mistake::at_member(ErrorCode::Missing, &member.name));
            }
            Some(misfit) => {
                mistakes.push(Mistake::at_member(misfit.code, &member.name));
                body.push(Member::Raw(member.name.clone(), misfit.json));
            }
            None => {}
        }
    }
    let call = bench.call(Body::Members(body));
    (mistakes.len() > 1).then(|| call.wrong(bench.fault(cx, mistakes, None)))
}
