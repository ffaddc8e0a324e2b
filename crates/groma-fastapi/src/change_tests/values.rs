//! Values that a request writes, and how answers show them.

use groma_ir::Id;
use groma_ir::design::{self, Cond, Default, EntityId, Field, FieldId, Generated, Type};
use groma_ir::scalar::Scalar;

use crate::access_tests::usual::key_of;
use crate::access_tests::values::{self, Value};
use crate::cx::Cx;
use crate::python::{Doc, Imports, string};
use crate::resource_tests::samples;
use crate::sample_rows::{ladder, says};

/// How many values of a type are looked at.
const COUNT: usize = 5;

/// A value as a body holds it, and as an answer shows it.
#[derive(Clone)]
pub(super) struct Written {
    /// What is sent: text that is trimmed stands between spaces.
    pub(super) sent: Value,
    /// What comes back.
    pub(super) shown: Value,
}

/// Values that a field can hold whatever the others hold, each another one.
pub(super) fn possible(cx: &Cx<'_>, (entity, id): (EntityId, FieldId)) -> Vec<Value> {
    let declared = &cx.model.design.entities[entity];
    let ty = &declared.fields[id].ty;
    let checks = declared.checks.iter().flat_map(|check| parts(&check.cond));
    let checks: Vec<&Cond> = checks.filter(|part| part.fields().contains(&id)).collect();
    if checks.is_empty() {
        return several(cx, ty, id.index());
    }
    let plain = samples::plain(cx.model, ty);
    let holds = |value: &design::Value| {
        let known = |field: FieldId| (field == id).then(|| value.clone());
        checks.iter().all(|check| says(check, &known) == Some(true))
    };
    let all = ladder(cx, plain, (id.index(), COUNT)).into_iter().filter(holds);
    all.filter_map(|value| values::literal(cx, plain, &value))
        .collect()
}

/// What a check asks for, one thing after the other.
pub(super) fn parts(check: &Cond) -> Vec<&Cond> {
    match check {
        Cond::And(all) => all.iter().flat_map(parts).collect(),
        other => vec![other],
    }
}

/// Values that fit a type, each another one. Neighbours have others.
pub(super) fn several(cx: &Cx<'_>, ty: &Type, neighbour: usize) -> Vec<Value> {
    match samples::plain(cx.model, ty) {
        Type::Scalar(Scalar::Json) => {
            vec![Value::plain("{\"some\": [1, None]}"), Value::plain("[\"words\"]")]
        }
        Type::Scalar(Scalar::Secret(_)) | Type::Reference(_) => Vec::new(),
        Type::List(list) => {
            let items = several(cx, &list.item, neighbour);
            let length = list.max.unwrap_or(2).min(2).max(list.min) as usize;
            if length == 0 {
                return Vec::new();
            }
            items.windows(length).map(Value::list).collect()
        }
        plain => {
            let known = ladder(cx, plain, (neighbour, COUNT));
            let known = known.iter().filter_map(|value| values::literal(cx, plain, value));
            let known: Vec<Value> = known.collect();
            if known.is_empty() {
                return values::any(cx, plain).into_iter().collect();
            }
            known
        }
    }
}

/// The first of some values that is none of these, each as an answer shows it.
pub(super) fn other(cx: &Cx<'_>, ty: &Type, all: Vec<Value>, held: &[&Value]) -> Option<Written> {
    all.into_iter().find_map(|value| {
        let shown = shown(cx, ty, &value);
        let is_held = held.iter().any(|held| held.sent == shown.sent);
        (!is_held).then(|| Written {
            sent: untrimmed(cx, ty, &value),
            shown,
        })
    })
}

/// The same with spaces around it, where they are removed.
fn untrimmed(cx: &Cx<'_>, ty: &Type, value: &Value) -> Value {
    match samples::plain(cx.model, ty) {
        Type::Scalar(Scalar::Text(text)) if text.trim => {
            match value.sent.split('"').collect::<Vec<_>>()[..] {
                ["", words, ""] => Value::plain(string(&format!(" {words} "))),
                _ => value.clone(),
            }
        }
        _ => value.clone(),
    }
}

/// What an answer shows of a value that a row or a body holds.
pub(super) fn shown(cx: &Cx<'_>, ty: &Type, value: &Value) -> Value {
    let Type::Scalar(scalar) = samples::plain(cx.model, ty) else {
        return shown_list(cx, ty, value);
    };
    if value.sent == "None" {
        return value.clone();
    }
    let text = value
        .sent
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    match (scalar, text) {
        (Scalar::Decimal { scale, .. }, Some(text)) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            let places = usize::from(*scale);
            let point = if places > 0 { "." } else { "" };
            Value::plain(string(&format!("{whole}{point}{fraction:0<places$}")))
        }
        (Scalar::DateTime, Some(text)) => {
            let Some(text) = text.strip_suffix('Z') else {
                return set();
            };
            let (second, fraction) = text.split_once('.').unwrap_or((text, ""));
            Value::plain(string(&format!("{second}.{fraction:0<6}Z")))
        }
        (Scalar::Time, Some(text)) => {
            let (second, fraction) = text.split_once('.').unwrap_or((text, ""));
            let zero = if second.len() == "10:30".len() { ":00" } else { "" };
            Value::plain(string(&format!("{second}{zero}.{fraction:0<6}")))
        }
        (Scalar::Date | Scalar::Time | Scalar::DateTime | Scalar::Decimal { .. }, None) => set(),
        _ => value.clone(),
    }
}

/// Lists are shown item by item, and these are of items that are shown as they are sent, but for some.
fn shown_list(cx: &Cx<'_>, ty: &Type, value: &Value) -> Value {
    let Type::List(list) = samples::plain(cx.model, ty) else {
        return value.clone();
    };
    let items = value
        .sent
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    match (&list.item, items) {
        (Type::Scalar(Scalar::DateTime | Scalar::Decimal { .. } | Scalar::Time), Some(items))
            if !items.is_empty() =>
        {
            let items = items
                .split(", ")
                .map(|item| shown(cx, &list.item, &Value::plain(item)));
            Value::list(&items.collect::<Vec<_>>())
        }
        _ => value.clone(),
    }
}

/// Whatever is not null.
pub(super) fn set() -> Value {
    Value::stored("SET", &[("tests.rows", "SET")])
}

/// Whatever it is.
pub(super) fn anything() -> Value {
    Value::stored("ANY", &[("unittest.mock", "ANY")])
}

/// What an answer shows of a field that nobody wrote, where the server gives it something.
pub(super) fn given(cx: &Cx<'_>, field: &Field, is_caller: bool) -> Option<Value> {
    if field.generated.is_some() || field.touch {
        return Some(set());
    }
    match &field.default {
        Some(Default::Value(value)) => {
            let value = values::literal(cx, &field.ty, value)?;
            Some(shown(cx, &field.ty, &value))
        }
        Some(Default::Caller) if is_caller => {
            Some(Value::constant("ALICE", samples::plain(cx.model, &field.ty)))
        }
        Some(Default::Now { .. }) => Some(set()),
        None if matches!(field.ty, Type::Scalar(Scalar::Secret(_))) => Some(set()),
        Some(Default::Caller) | None => Some(Value::plain("None")),
    }
}

/// What an answer shows of a field that a row of `tests/rows.py` holds.
pub(super) fn usual(cx: &Cx<'_>, entity: EntityId, id: FieldId) -> Option<Value> {
    let declared = &cx.model.design.entities[entity];
    let field = &declared.fields[id];
    let ty = samples::plain(cx.model, &field.ty);
    if id == declared.key {
        return Some(Value::constant(&key_of(cx, entity), ty));
    }
    if field.generated == Some(Generated::Uuid7) || field.touch {
        return Some(set());
    }
    match &field.default {
        Some(Default::Now { .. }) => return Some(set()),
        Some(Default::Value(value)) => {
            let value = values::literal(cx, &field.ty, value)?;
            return Some(shown(cx, &field.ty, &value));
        }
        Some(Default::Caller) | None => {}
    }
    if field.optional {
        return Some(Value::plain("None"));
    }
    match field.ty.target() {
        Some(target) if cx.is_there_in_tests(target) => Some(Value::constant(&key_of(cx, target), ty)),
        Some(target) if Some(target) == cx.model.design.caller_entity() => Some(Value::constant("CAROL", ty)),
        Some(_) | None => samples::sent(cx, &field.ty).map(|sent| shown(cx, &field.ty, &Value::plain(sent))),
    }
}

/// Members with their values, as a dictionary.
pub(super) fn dict<'v>(imports: &mut Imports, members: impl IntoIterator<Item = &'v (String, Value)>) -> Doc {
    let pairs = members.into_iter().map(|(name, value)| {
        take(imports, value);
        let items = value
            .sent
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        let is_flat = |items: &&str| !items.is_empty() && !items.contains(['[', '{', '(']);
        let value = match items.filter(is_flat) {
            Some(items) => Doc::list(items.split(", ").map(Doc::text)),
            None => Doc::text(value.sent.as_str()),
        };
        (string(name), value)
    });
    Doc::dict(pairs.collect::<Vec<_>>())
}

/// Imports what a body or an answer takes: both hold what a design names as text.
fn take(imports: &mut Imports, value: &Value) {
    let is_named = |module: &str| module == "tests.rows" || module == "unittest.mock";
    for (module, name) in value.uses.iter().filter(|(module, _)| is_named(module)) {
        imports.name(module, name);
    }
}
