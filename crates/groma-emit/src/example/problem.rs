//! Bodies of errors.

use groma_ir::Model;
use groma_ir::design::{FieldId, Mode, Type};
use groma_ir::http::{ErrorCode, Member, MemberKind, ParamKind, Problem, Route, RouteId, SchemaKind};
use groma_ir::scalar::Scalar;
use serde_json::{Value, json};

use super::Examples;
use crate::literal::set;

/// The request that every example error belongs to.
const REQUEST_ID: &str = "01a1fd70f1c07c21b4f0b6d1c9e8a752";

/// A problem of no particular route.
pub(super) fn plain(model: &Model) -> Value {
    body(&Problem::NotFound, &first_path(model), None)
}

/// A problem with errors of no particular route.
pub(super) fn validation(model: &Model) -> Value {
    let error = mistake("`title` is required.", ErrorCode::Missing, "pointer", "/title");
    body(&Problem::InvalidRequest, &first_path(model), Some(vec![error]))
}

impl Examples<'_> {
    /// The body of a problem on a route.
    pub(crate) fn problem(self, id: RouteId, problem: &Problem) -> Value {
        let errors = problem.has_errors().then(|| self.mistakes(id, problem));
        body(problem, &self.path(id), errors)
    }

    fn mistakes(self, id: RouteId, problem: &Problem) -> Vec<Value> {
        let route = &self.model.http.routes[id];
        match problem {
            Problem::InvalidBody { .. } => self.in_body(route),
            _ => vec![in_request(route)],
        }
    }

    /// What is likely to be wrong in the route's body: something is missing, too long, or not to be written.
    fn in_body(self, route: &Route) -> Vec<Value> {
        let members = route.body.map(|body| &self.model.http.schemas[body].kind);
        let members = match members {
            Some(SchemaKind::Input(members) | SchemaKind::Patch(members)) => members.as_slice(),
            _ => &[],
        };
        let missing = members.iter().find(|member| member.required).map(|member| {
            mistake(
                &format!("`{}` is required.", member.name),
                ErrorCode::Missing,
                "pointer",
                &pointer(member),
            )
        });
        let long = members.iter().find_map(|member| {
            let max = max_length(member)?;
            let detail = format!("The text must have at most {max} characters.");
            Some(mistake(
                &detail,
                ErrorCode::StringTooLong,
                "pointer",
                &pointer(member),
            ))
        });
        let name = self.not_writable(route);
        let detail = format!("There is no member `{name}` here.");
        let extra = mistake(&detail, ErrorCode::ExtraForbidden, "pointer", &format!("/{name}"));
        missing.or(long).into_iter().chain([extra]).collect()
    }

    /// A member of the item that the body may not hold.
    fn not_writable(self, route: &Route) -> String {
        let entity = self.entity(route.entity);
        let is_closed = |id: &FieldId| !route.writes.contains(id) && entity.fields[*id].mode == Mode::Open;
        let field = entity
            .owner
            .filter(is_closed)
            .or_else(|| entity.fields.ids().find(is_closed));
        field.map_or_else(
            || String::from("colour"),
            |field| entity.fields[field].wire.clone(),
        )
    }
}

/// What is likely to be wrong in the query, or in the syntax of the body.
fn in_request(route: &Route) -> Value {
    let limit = route.query.iter().find_map(|param| match param.kind {
        ParamKind::Limit { max, .. } => Some(max),
        _ => None,
    });
    match (limit, route.body) {
        (Some(max), _) => mistake(
            &format!("The number must be {max} or less."),
            ErrorCode::LessThanEqual,
            "parameter",
            "limit",
        ),
        (None, Some(_)) => mistake(
            "A value is expected (byte 11)",
            ErrorCode::JsonInvalid,
            "pointer",
            "",
        ),
        (None, None) => mistake(
            "There is no parameter `colour` here.",
            ErrorCode::UnknownParameter,
            "parameter",
            "colour",
        ),
    }
}

fn pointer(member: &Member) -> String {
    format!("/{}", member.name)
}

fn max_length(member: &Member) -> Option<u32> {
    match &member.kind {
        MemberKind::Field(_, Type::Scalar(Scalar::Text(text)))
        | MemberKind::Input(_, Type::Scalar(Scalar::Text(text))) => text.max,
        _ => None,
    }
}

fn mistake(detail: &str, code: ErrorCode, place: &str, at: &str) -> Value {
    json!({ "detail": detail, "code": code.name(), place: at })
}

fn body(problem: &Problem, instance: &str, errors: Option<Vec<Value>>) -> Value {
    let mut body = json!({
        "type": problem.type_uri(),
        "title": problem.title(),
        "status": problem.status(),
        "detail": problem.detail(),
        "instance": instance,
        "request_id": REQUEST_ID,
    });
    if let Some(errors) = errors {
        set(&mut body, "errors", errors);
    }
    body
}

fn first_path(model: &Model) -> String {
    model
        .http
        .routes
        .ids()
        .next()
        .map_or_else(|| String::from("/"), |id| Examples::new(model).path(id))
}
