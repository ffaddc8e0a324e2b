//! Filters, named filters and searches, against the oracle's own evaluation.

use serde_json::Value as Json;

use groma_ir::design::{EntityId, FieldId, Type};
use groma_ir::http::{ErrorCode, Operation, Operator, Param, ParamKind, Problem, RouteId};
use groma_ir::scalar::Scalar;

use super::lists::everything;
use crate::call::{ActorId, Ask, Call, Fault, Filter, Mistake};
use crate::catalogue;
use crate::fixtures::viewer;
use crate::net::NetError;
use crate::session::Session;
use crate::values;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if route.operation == Operation::List {
            let actor = viewer(cx, id);
            single(cx, id, actor)?;
            combined(cx, id, actor)?;
            searches(cx, id, actor)?;
            refused(cx, id, actor)?;
        }
    }
    Ok(())
}

/// Each filter with values that rows hold, one that no row holds, and several at once.
fn single(cx: &mut Session<'_>, id: RouteId, actor: ActorId) -> Result<(), NetError> {
    for filter in all_filters(cx, id, actor) {
        let label = name_of(&filter).to_owned();
        let ask = Ask {
            filters: vec![filter],
            ..everything(cx, id, actor)
        };
        cx.try_call(&catalogue::F04, &label, &Call::new(id, actor).asking(ask))?;
    }
    Ok(())
}

/// Pairs of filters: both must hold.
fn combined(cx: &mut Session<'_>, id: RouteId, actor: ActorId) -> Result<(), NetError> {
    let all = all_filters(cx, id, actor);
    for _ in 0..10 {
        let (Some(first), Some(second)) = (cx.rng.pick(&all).cloned(), cx.rng.pick(&all).cloned()) else {
            return Ok(());
        };
        if name_of(&first) != name_of(&second) {
            let ask = Ask {
                filters: vec![first, second],
                ..everything(cx, id, actor)
            };
            cx.try_call(&catalogue::F04, "combined", &Call::new(id, actor).asking(ask))?;
        }
    }
    Ok(())
}

pub(super) fn name_of(filter: &Filter) -> &str {
    match filter {
        Filter::Field { name, .. } | Filter::Named { name, .. } => name,
    }
}

pub(super) fn all_filters(cx: &mut Session<'_>, id: RouteId, actor: ActorId) -> Vec<Filter> {
    let route = &cx.model.http.routes[id];
    let mut filters = Vec::new();
    for param in &route.query {
        match &param.kind {
            ParamKind::Filter { field, operator, ty } => {
                let values = operands(cx, route.entity, *field, *operator, ty, actor);
                filters.extend(values.into_iter().map(|values| Filter::Field {
                    name: param.name.clone(),
                    field: *field,
                    operator: *operator,
                    ty: ty.clone(),
                    values,
                }));
            }
            ParamKind::Named { filter, values } => {
                filters.extend((0..values.len()).map(|option| Filter::Named {
                    name: param.name.clone(),
                    filter: *filter,
                    option,
                }));
            }
            _ => {}
        }
    }
    filters
}

/// Values to filter with: each inner list is one use of the parameter.
fn operands(
    cx: &mut Session<'_>,
    entity: EntityId,
    field: FieldId,
    operator: Operator,
    ty: &Type,
    actor: ActorId,
) -> Vec<Vec<Json>> {
    if operator == Operator::Null {
        return vec![vec![Json::Bool(true)], vec![Json::Bool(false)]];
    }
    let held = held_values(cx, entity, field, actor);
    let other = values::fitting(&cx.model.design, ty)
        .into_iter()
        .map(|sample| sample.kept)
        .find(|value| !held.contains(value));
    let mut mint = values::Mint {
        marker: &cx.marker,
        serial: 999_999,
        rng: &mut cx.rng,
    };
    let is_free = |value: &Json| !held.contains(value);
    let mut made = || values::fresh(&cx.model.design, ty, &mut mint, &is_free);
    let other = other.or_else(|| made().map(|sample| sample.kept));
    let mut few: Vec<Json> = held.into_iter().take(3).collect();
    few.extend(other);
    few.retain(is_plain);
    match operator {
        Operator::Eq | Operator::In => {
            let pair: Vec<Json> = few.iter().take(2).cloned().collect();
            few.into_iter()
                .map(|value| vec![value])
                .chain((pair.len() == 2).then_some(pair))
                .collect()
        }
        Operator::Contains | Operator::StartsWith => few.iter().flat_map(parts).collect(),
        Operator::Ne | Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte => {
            few.into_iter().map(|value| vec![value]).collect()
        }
        Operator::Null => Vec::new(),
    }
}

/// Values that can stand in a query without an argument about commas and length.
fn is_plain(value: &Json) -> bool {
    match value {
        Json::String(text) => {
            text.len() <= 200 && !text.contains(',') && !text.trim().is_empty() && text.trim() == text
        }
        Json::Null | Json::Array(_) | Json::Object(_) => false,
        Json::Bool(_) | Json::Number(_) => true,
    }
}

/// A beginning in another case, and the wildcards of SQL as plain text.
fn parts(value: &Json) -> Vec<Vec<Json>> {
    let Some(text) = value.as_str() else {
        return Vec::new();
    };
    let start: String = text.chars().take(3).collect();
    let swapped = swap_case(&start);
    [swapped, "%".to_owned(), "_".to_owned()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(|part| vec![Json::from(part)])
        .collect()
}

fn swap_case(text: &str) -> String {
    let swap = |letter: char| {
        if letter.is_ascii_uppercase() {
            letter.to_ascii_lowercase()
        } else {
            letter.to_ascii_uppercase()
        }
    };
    text.chars().map(swap).collect()
}

/// The values that rows of an actor hold in a field, each once.
fn held_values(cx: &Session<'_>, entity: EntityId, field: FieldId, actor: ActorId) -> Vec<Json> {
    let now = jiff::Timestamp::now();
    let mut values: Vec<Json> = Vec::new();
    for (row, cells) in cx.world.alive(entity) {
        if cx.world.may_read(row, cx.who(actor), now) {
            let held = match cells.cell(field) {
                Json::Array(items) => items.clone(),
                Json::Null => Vec::new(),
                value => vec![value.clone()],
            };
            for value in held {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
    }
    values
}

/// Words that rows hold, in another case, together, and characters that mean something to SQL.
fn searches(cx: &mut Session<'_>, id: RouteId, actor: ActorId) -> Result<(), NetError> {
    let route = &cx.model.http.routes[id];
    let Some(fields) = route.query.iter().find_map(|param| match &param.kind {
        ParamKind::Search { fields } => Some(fields),
        _ => None,
    }) else {
        return Ok(());
    };
    let mut words = vec![
        cx.marker.clone(),
        cx.marker.to_uppercase(),
        "%".to_owned(),
        "_".to_owned(),
        "'\"".to_owned(),
        "\\".to_owned(),
    ];
    for field in fields {
        let held: Vec<String> = held_values(cx, route.entity, *field, actor)
            .iter()
            .filter_map(Json::as_str)
            .map(str::to_owned)
            .collect();
        let last = held
            .iter()
            .filter_map(|text| text.split_whitespace().last())
            .find(|word| word.len() <= 60 && word.is_ascii());
        words.extend(last.map(|word| format!("{} {}", swap_case(word), cx.marker)));
    }
    for words in words {
        let ask = Ask {
            search: Some(words),
            ..everything(cx, id, actor)
        };
        cx.try_call(&catalogue::F04, "q", &Call::new(id, actor).asking(ask))?;
    }
    Ok(())
}

/// Parameters that are unknown or do not fit: a 400 that names them.
fn refused(cx: &mut Session<'_>, id: RouteId, actor: ActorId) -> Result<(), NetError> {
    let route = &cx.model.http.routes[id];
    let mut wrong: Vec<(String, String, Option<ErrorCode>)> = vec![(
        "no_such_parameter".to_owned(),
        "1".to_owned(),
        Some(ErrorCode::UnknownParameter),
    )];
    for param in &route.query {
        wrong.extend(
            misuse(param)
                .into_iter()
                .map(|(value, code)| (param.name.clone(), value, code)),
        );
    }
    for (name, value, code) in wrong {
        let mistake = Mistake {
            code: code.map_or("", ErrorCode::name),
            at: name.clone(),
        };
        let fault = Fault {
            problem: Problem::InvalidRequest,
            mistakes: vec![mistake],
            field: None,
        };
        let ask = Ask {
            raw: vec![(name.clone(), value)],
            ..Ask::default()
        };
        cx.try_call(
            &catalogue::F04,
            &format!("refused-{name}"),
            &Call::new(id, actor).asking(ask).wrong(fault),
        )?;
    }
    Ok(())
}

/// Whether any text is a value of a scalar, or may be one.
fn takes_any_text(scalar: &Scalar) -> bool {
    match scalar {
        Scalar::Text(_)
        | Scalar::Email
        | Scalar::Url
        | Scalar::Slug { .. }
        | Scalar::Json
        | Scalar::Secret(_) => true,
        Scalar::Int(_)
        | Scalar::Float(_)
        | Scalar::Decimal { .. }
        | Scalar::Bool
        | Scalar::Uuid
        | Scalar::Date
        | Scalar::Time
        | Scalar::DateTime => false,
    }
}

fn misuse(param: &Param) -> Vec<(String, Option<ErrorCode>)> {
    let one = |value: &str, code| vec![(value.to_owned(), code)];
    match &param.kind {
        ParamKind::Filter {
            ty: Type::Enum(_), ..
        } => one("no_such_variant", None),
        ParamKind::Filter {
            ty: Type::Scalar(scalar),
            ..
        } if !takes_any_text(scalar) => one("no such value", None),
        ParamKind::Filter { .. } | ParamKind::Search { .. } | ParamKind::Include { .. } => Vec::new(),
        ParamKind::Named { .. } => one("no_such_option", Some(ErrorCode::UnknownValue)),
        ParamKind::Sort { .. } | ParamKind::Fields { .. } => one("no_such_field", None),
        ParamKind::Limit { .. } => vec![
            ("0".to_owned(), None),
            ("-1".to_owned(), None),
            ("many".to_owned(), None),
        ],
        ParamKind::Cursor => one("bm90IGEgY3Vyc29y", Some(ErrorCode::InvalidCursor)),
        ParamKind::Offset => one("-1", None),
        ParamKind::Count => one("maybe", None),
    }
}
