//! Reads the query of a list or an item.

use serde_json::Value as Json;

use groma_ir::design::{Design, Type};
use groma_ir::http::{Operator, ParamKind, Route};
use groma_ir::scalar::Scalar;

use super::Bug;
use super::body::check_text;
use super::http::decode;
use crate::call::{Ask, Filter};

/// What a query asks for, with what the oracle does not know of: the place to go on from.
#[derive(Default)]
pub(super) struct Query {
    pub(super) ask: Ask,
    pub(super) cursor: Option<String>,
    pub(super) offset: usize,
    pub(super) errors: Vec<(String, String)>,
}

pub(super) fn read(design: &Design, route: &Route, text: &str, has: &dyn Fn(Bug) -> bool) -> Query {
    let mut query = Query::default();
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let mut repeated: Vec<(String, Vec<String>)> = Vec::new();
    for pair in pairs {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name).unwrap(), decode(value).unwrap());
        match repeated.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => repeated.push((name, vec![value])),
        }
    }
    for (name, values) in repeated {
        match route.query.iter().find(|param| param.name == name) {
            Some(param) => take(design, &mut query, &name, &param.kind, &values),
            None if has(Bug::IgnoresUnknownParameters) => {}
            None => query.errors.push(("unknown_parameter".into(), name)),
        }
    }
    query
}

fn take(design: &Design, query: &mut Query, name: &str, kind: &ParamKind, values: &[String]) {
    let first = values[0].as_str();
    let mut wrong = |code: &str| query.errors.push((code.to_owned(), name.to_owned()));
    match kind {
        ParamKind::Filter { field, operator, ty } => {
            let texts: Vec<&str> = match operator {
                Operator::In => first.split(',').collect(),
                _ => values.iter().map(String::as_str).collect(),
            };
            let typed: Vec<Option<Json>> = texts.iter().map(|text| typed(design, ty, text)).collect();
            if typed.iter().any(Option::is_none) {
                return wrong("value_error");
            }
            let values = typed.into_iter().flatten().collect();
            let filter = Filter::Field {
                name: name.to_owned(),
                field: *field,
                operator: *operator,
                ty: ty.clone(),
                values,
            };
            query.ask.filters.push(filter);
        }
        ParamKind::Named { filter, values } => match values.iter().position(|value| value == first) {
            Some(option) => query.ask.filters.push(Filter::Named {
                name: name.to_owned(),
                filter: *filter,
                option,
            }),
            None => wrong("unknown_value"),
        },
        ParamKind::Search { .. } => query.ask.search = Some(first.to_owned()),
        ParamKind::Sort { fields, .. } => {
            for term in first.split(',') {
                let (name, descending) = term.strip_prefix('-').map_or((term, false), |rest| (rest, true));
                match fields.iter().find(|(known, _)| known == name) {
                    Some((_, field)) => query.ask.sort.push((*field, descending)),
                    None => return wrong("unknown_value"),
                }
            }
        }
        ParamKind::Limit { max, .. } => match first.parse::<u32>() {
            Ok(limit) if limit > 0 && limit <= *max => query.ask.limit = Some(limit),
            _ => wrong("int_parsing"),
        },
        ParamKind::Cursor => query.cursor = Some(first.to_owned()),
        ParamKind::Offset => match first.parse() {
            Ok(offset) => query.offset = offset,
            Err(_) => wrong("int_parsing"),
        },
        ParamKind::Count => match first {
            "true" => query.ask.count = true,
            "false" => {}
            _ => wrong("bool_parsing"),
        },
        ParamKind::Include { references } => {
            for part in first.split(',') {
                match references.iter().find(|(known, _)| known == part) {
                    Some((_, field)) => query.ask.include.push(*field),
                    None => return wrong("unknown_value"),
                }
            }
        }
        ParamKind::Fields { names } => {
            for part in first.split(',') {
                if !names.iter().any(|known| known == part) {
                    return wrong("unknown_value");
                }
                query.ask.fields.push(part.to_owned());
            }
        }
    }
}

/// A value of a filter in the form in which it leaves.
fn typed(design: &Design, ty: &Type, text: &str) -> Option<Json> {
    match ty {
        Type::Scalar(Scalar::Int(_) | Scalar::Float(_) | Scalar::Bool) => serde_json::from_str(text).ok(),
        Type::Scalar(Scalar::Text(_) | Scalar::Json) => Some(Json::from(text)),
        Type::Scalar(scalar) => check_text(scalar, text).ok(),
        Type::Enum(of) => design.enums[*of]
            .variants
            .iter()
            .any(|variant| variant.name == text)
            .then(|| Json::from(text)),
        Type::Reference(target) => {
            let target = &design.entities[*target];
            typed(design, &target.fields[target.key].ty, text)
        }
        Type::List(_) => None,
    }
}
