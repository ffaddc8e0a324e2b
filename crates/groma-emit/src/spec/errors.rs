//! Errors: the kinds of problems that some route answers, and the codes of single mistakes.

use std::collections::{BTreeMap, BTreeSet};

use groma_ir::design::Type;
use groma_ir::http::{
    Answer, ErrorCode, Group, MemberKind, Operation, Operator, ParamKind, Problem, Route, RouteId, SchemaKind,
};
use groma_ir::scalar::{Scalar, Text};
use groma_ir::words;

use super::Cx;
use crate::literal;
use crate::markdown::{Page, Table, anchor, code, json, link, sentence};

/// The bodies of every error that an endpoint of the page answers, one a kind.
pub(super) fn bodies(cx: &Cx<'_>, page: &mut Page, group: &Group) {
    let mut kinds: BTreeMap<(u16, &Problem), RouteId> = BTreeMap::new();
    for id in &group.routes {
        for answer in &cx.model.http.routes[*id].answers {
            kinds
                .entry((answer.problem.status(), &answer.problem))
                .or_insert(*id);
        }
    }
    page.heading(2, "Errors");
    page.block(&format!(
        "The bodies of the errors above, as `application/problem+json`; the {} lists the codes.",
        link("overview", "README.md#errors")
    ));
    for ((_, problem), id) in kinds {
        page.heading(3, &body_heading(problem));
        page.fence("json", &json(&cx.examples.problem(id, problem)));
    }
}

/// `409 conflict`
fn body_heading(problem: &Problem) -> String {
    format!("{} {}", problem.status(), problem.slug())
}

/// Where the body of a problem is on the page of a group.
pub(super) fn target(problem: &Problem) -> String {
    format!("#{}", anchor(&body_heading(problem)))
}

/// When a route answers so, in words.
pub(super) fn when(cx: &Cx<'_>, route: &Route, answer: &Answer) -> String {
    declared(cx, route, &answer.problem).unwrap_or_else(|| answer.when.clone())
}

/// The condition of an action's own error.
fn declared(cx: &Cx<'_>, route: &Route, problem: &Problem) -> Option<String> {
    let (Problem::Declared { name, .. }, Operation::Action(action)) = (problem, route.operation) else {
        return None;
    };
    let errors = &cx.model.design.entities[route.entity].actions[action].errors;
    let error = errors.iter().find(|error| error.name == *name)?;
    let words = words::cond(&cx.model.design, route.entity, &error.when);
    Some(sentence(&words))
}

/// Writes the section.
pub(super) fn errors(cx: &Cx<'_>, page: &mut Page) {
    page.heading(2, "Errors");
    page.block(
        "Errors are `application/problem+json` (RFC 9457). `type` names the kind and never changes; `detail` is a \
         sentence for a person; `request_id` finds the request in the log.",
    );
    if let Some((id, problem)) = example(cx) {
        page.fence("json", &json(&cx.examples.problem(id, problem)));
    }
    page.heading(3, "Kinds of problems");
    page.table(&kinds(cx));
    page.heading(3, "Codes of mistakes");
    let statuses = BTreeSet::from([400, cx.model.design.service.validation_status]);
    let statuses = words::list(statuses.iter().map(u16::to_string), "or");
    page.block(&format!(
        "A {statuses} for input lists every single mistake in `errors`. Each has a `detail`, a `code`, and where it is: \
         `pointer` into the body (RFC 6901), or the name of a `parameter` or a `header`."
    ));
    let mut table = Table::new(["Code", "Meaning"]);
    for used in used(cx) {
        table.row([code(used.name()), meaning(used).to_owned()]);
    }
    page.table(&table);
}

/// An error of the richest kind that some route answers.
fn example<'a>(cx: &'a Cx<'_>) -> Option<(RouteId, &'a Problem)> {
    let routes = || cx.model.http.routes.entries();
    let first = |is_it: fn(&Problem) -> bool| {
        routes().find_map(|(id, route)| {
            let mut problems = route.answers.iter().map(|answer| &answer.problem);
            problems
                .find(|problem| is_it(problem))
                .map(|problem| (id, problem))
        })
    };
    first(|problem| matches!(problem, Problem::InvalidBody { .. })).or_else(|| first(|_| true))
}

fn kinds(cx: &Cx<'_>) -> Table {
    let mut kinds: BTreeMap<(u16, Problem), String> = BTreeMap::new();
    for route in &cx.model.http.routes {
        for answer in &route.answers {
            let about = match &answer.problem {
                Problem::Declared { .. } => when(cx, route, answer),
                plain => plain.detail(),
            };
            kinds
                .entry((answer.problem.status(), answer.problem.clone()))
                .or_insert(about);
        }
    }
    for everywhere in Problem::ANYWHERE {
        kinds
            .entry((everywhere.status(), everywhere.clone()))
            .or_insert_with(|| everywhere.detail());
    }
    let mut table = Table::new(["Status", "`type`", "`title`", "Meaning"]);
    for ((status, problem), about) in kinds {
        table.row([
            code(&status.to_string()),
            code(&problem.type_uri()),
            problem.title(),
            about,
        ]);
    }
    table
}

/// The codes that a request to some route can get.
fn used(cx: &Cx<'_>) -> BTreeSet<ErrorCode> {
    let mut codes = BTreeSet::from([ErrorCode::UnknownParameter]);
    for schema in &cx.model.http.schemas {
        let (SchemaKind::Input(members) | SchemaKind::Patch(members)) = &schema.kind else {
            continue;
        };
        codes.extend([
            ErrorCode::ExtraForbidden,
            ErrorCode::JsonInvalid,
            ErrorCode::ModelAttributesType,
        ]);
        for member in members {
            if member.required {
                codes.insert(ErrorCode::Missing);
            }
            if let MemberKind::Field(_, ty) | MemberKind::Input(_, ty) = &member.kind {
                in_body(cx, ty, &mut codes);
            }
        }
    }
    for param in cx.model.http.routes.iter().flat_map(|route| &route.query) {
        codes.insert(ErrorCode::RepeatedParameter);
        in_query(cx, &param.kind, &mut codes);
    }
    codes
}

fn in_body(cx: &Cx<'_>, ty: &Type, codes: &mut BTreeSet<ErrorCode>) {
    match ty {
        Type::Scalar(scalar) => codes.extend(of_scalar(scalar)),
        Type::Enum(_) => codes.extend([ErrorCode::Enum, ErrorCode::StringType]),
        Type::Reference(_) => {
            codes.insert(ErrorCode::ReferenceNotFound);
            if let Type::Scalar(scalar) = literal::stored(&cx.model.design, ty) {
                codes.extend(of_scalar(scalar));
            }
        }
        Type::List(list) => {
            codes.insert(ErrorCode::ListType);
            codes.extend((list.min > 0).then_some(ErrorCode::TooShort));
            codes.extend(list.max.map(|_| ErrorCode::TooLong));
            in_body(cx, &list.item, codes);
        }
    }
}

fn in_query(cx: &Cx<'_>, kind: &ParamKind, codes: &mut BTreeSet<ErrorCode>) {
    match kind {
        ParamKind::Filter {
            operator: Operator::Null,
            ..
        }
        | ParamKind::Count => {
            codes.insert(ErrorCode::BoolParsing);
        }
        ParamKind::Filter { ty, .. } => in_text(cx, ty, codes),
        ParamKind::Named { .. }
        | ParamKind::Sort { .. }
        | ParamKind::Include { .. }
        | ParamKind::Fields { .. } => {
            codes.insert(ErrorCode::UnknownValue);
        }
        ParamKind::Search { .. } => codes.extend([ErrorCode::StringPatternMismatch, ErrorCode::TooLong]),
        ParamKind::Limit { .. } | ParamKind::Offset => {
            codes.extend([
                ErrorCode::IntParsing,
                ErrorCode::GreaterThanEqual,
                ErrorCode::LessThanEqual,
            ]);
        }
        ParamKind::Cursor => {
            codes.insert(ErrorCode::InvalidCursor);
        }
    }
}

/// A value of a query is text: a wrong one is a parsing error where a body has a type error.
fn in_text(cx: &Cx<'_>, ty: &Type, codes: &mut BTreeSet<ErrorCode>) {
    match literal::stored(&cx.model.design, ty) {
        Type::Scalar(Scalar::Int(_)) => codes.extend([ErrorCode::IntParsing]),
        Type::Scalar(Scalar::Float(_)) => codes.extend([ErrorCode::FloatParsing, ErrorCode::FiniteNumber]),
        Type::Scalar(Scalar::Bool) => codes.extend([ErrorCode::BoolParsing]),
        Type::Enum(_) => codes.extend([ErrorCode::Enum]),
        Type::Scalar(scalar) => {
            codes.extend(of_scalar(scalar).into_iter().filter(|code| !is_type_error(*code)));
        }
        Type::Reference(_) | Type::List(_) => {}
    }
}

fn is_type_error(code: ErrorCode) -> bool {
    code.name().ends_with("_type")
}

fn of_scalar(scalar: &Scalar) -> Vec<ErrorCode> {
    match scalar {
        Scalar::Text(text) => of_text(text),
        Scalar::Int(_) => vec![
            ErrorCode::IntType,
            ErrorCode::GreaterThanEqual,
            ErrorCode::LessThanEqual,
        ],
        Scalar::Float(bounds) => {
            let mut codes = vec![ErrorCode::FloatType];
            codes.extend(bounds.min.map(|_| ErrorCode::GreaterThanEqual));
            codes.extend(bounds.max.map(|_| ErrorCode::LessThanEqual));
            codes
        }
        Scalar::Decimal { .. } => vec![
            ErrorCode::DecimalType,
            ErrorCode::DecimalParsing,
            ErrorCode::DecimalMaxPlaces,
            ErrorCode::DecimalWholeDigits,
        ],
        Scalar::Bool => vec![ErrorCode::BoolType],
        Scalar::Uuid => vec![ErrorCode::UuidType, ErrorCode::UuidParsing],
        Scalar::Date => vec![ErrorCode::DateType, ErrorCode::DateFromDatetimeParsing],
        Scalar::Time => vec![ErrorCode::TimeType, ErrorCode::TimeParsing],
        Scalar::DateTime => vec![ErrorCode::DatetimeType, ErrorCode::DatetimeParsing],
        Scalar::Email => vec![ErrorCode::StringType, ErrorCode::ValueError],
        Scalar::Url => vec![ErrorCode::UrlType, ErrorCode::UrlParsing],
        Scalar::Slug { .. } | Scalar::Secret(_) => of_text(&Text {
            min: 1,
            max: Some(1),
            ..Text::default()
        }),
        Scalar::Json => Vec::new(),
    }
}

fn of_text(text: &Text) -> Vec<ErrorCode> {
    let mut codes = vec![ErrorCode::StringType, ErrorCode::StringPatternMismatch];
    codes.extend((text.min > 0).then_some(ErrorCode::StringTooShort));
    codes.extend(text.max.map(|_| ErrorCode::StringTooLong));
    codes
}

fn meaning(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Missing => "A required member is not there.",
        ErrorCode::ExtraForbidden => "A member that may not be sent.",
        ErrorCode::JsonInvalid => "The body is not JSON.",
        ErrorCode::ModelAttributesType => "The body is JSON, and not an object.",
        ErrorCode::StringType => "Not a string.",
        ErrorCode::StringTooShort => "Fewer characters than the least.",
        ErrorCode::StringTooLong => "More characters than the most.",
        ErrorCode::StringPatternMismatch => "The text does not match its pattern, or holds U+0000.",
        ErrorCode::StringUnicode => "Not valid Unicode.",
        ErrorCode::IntType => "Not a whole number.",
        ErrorCode::FloatType => "Not a number.",
        ErrorCode::FiniteNumber => "A number too large for a double.",
        ErrorCode::BoolType => "Neither `true` nor `false`.",
        ErrorCode::GreaterThanEqual => "Less than the least.",
        ErrorCode::LessThanEqual => "More than the most.",
        ErrorCode::DecimalType => "A decimal that is not a string.",
        ErrorCode::DecimalParsing => "Not a decimal number.",
        ErrorCode::DecimalMaxDigits => "More digits than the most.",
        ErrorCode::DecimalMaxPlaces => "More digits after the point than the most.",
        ErrorCode::DecimalWholeDigits => "More digits before the point than the most.",
        ErrorCode::UuidType => "A UUID that is not a string.",
        ErrorCode::UuidParsing => "Not a UUID.",
        ErrorCode::DateType => "A date that is not a string.",
        ErrorCode::DateFromDatetimeParsing => "Not a date such as `2026-11-21`, or no such day.",
        ErrorCode::TimeType => "A time that is not a string.",
        ErrorCode::TimeParsing => "Not a time such as `09:30:00`.",
        ErrorCode::DatetimeType => "A date-time that is not a string.",
        ErrorCode::DatetimeParsing => "Not a date-time such as `2026-11-21T09:30:00Z`.",
        ErrorCode::TimezoneAware => "A date-time without an offset.",
        ErrorCode::Enum => "Not one of the names.",
        ErrorCode::ListType => "Not an array.",
        ErrorCode::TooShort => "Fewer items than the least.",
        ErrorCode::TooLong => "More items than the most.",
        ErrorCode::IntParsing => "A parameter that is not a whole number.",
        ErrorCode::FloatParsing => "A parameter that is not a number.",
        ErrorCode::BoolParsing => "A parameter that is neither `true` nor `false`.",
        ErrorCode::UrlParsing => "Not a URL of `http` or `https`.",
        ErrorCode::UrlType => "A URL that is not a string.",
        ErrorCode::ValueError => "Not an email address.",
        ErrorCode::ReferenceNotFound => "No such row to refer to, or none that you may read.",
        ErrorCode::UnknownParameter => "No such parameter here.",
        ErrorCode::UnknownValue => "Not one of the values that the parameter takes.",
        ErrorCode::InvalidCursor => "A cursor that is damaged or belongs to another query.",
        ErrorCode::RepeatedParameter => "A parameter that may stand once stands twice.",
    }
}
