//! What stands in the way of a write, as answers.

use groma_ir::http::{ErrorCode, Operation, Problem};
use groma_plan::{Failure, InputError, Place};

use super::{Cx, Violation};

/// References that lead to no row that the caller may read.
pub(super) fn dangling(cx: &Cx, members: &[usize]) -> Failure {
    let error = |member: &usize| InputError {
        detail: "There is no such resource to refer to.".into(),
        code: ErrorCode::ReferenceNotFound,
        place: Place::Pointer(format!("/{}", cx.plan().member_name(*member))),
    };
    let status = cx.sql.model().design.service.validation_status;
    Failure {
        problem: Problem::InvalidBody { status },
        detail: None,
        errors: members.iter().map(error).collect(),
    }
}

/// How many errors of its own the route's action has.
pub(super) fn errors(cx: &Cx) -> usize {
    match cx.plan().operation {
        Operation::Action(action) => cx.sql.model().design.entities[cx.plan().entity].actions[action]
            .errors
            .len(),
        _ => 0,
    }
}

/// One of them.
pub(super) fn declared(cx: &Cx, error: usize) -> Problem {
    let Operation::Action(action) = cx.plan().operation else {
        return Problem::Internal;
    };
    let entity = &cx.sql.model().design.entities[cx.plan().entity];
    match entity.actions[action].errors.get(error) {
        Some(error) => Problem::Declared {
            name: error.name.clone(),
            status: error.status,
        },
        None => Problem::Internal,
    }
}

/// A constraint of the database.
pub(super) fn conflict(cx: &Cx, violation: &Violation) -> Failure {
    match violation {
        Violation::Unique(columns) => {
            let names: Vec<String> = columns.iter().map(|column| wire_name(cx, column)).collect();
            Failure::because(
                Problem::Conflict,
                format!("Another resource has the same value of {}.", names.join(" and ")),
            )
        }
        Violation::ForeignKey if cx.plan().operation == Operation::Delete => {
            Failure::because(Problem::Conflict, "Other resources refer to this one.")
        }
        Violation::ForeignKey => {
            Failure::because(Problem::Conflict, "It refers to a resource that is not there.")
        }
        Violation::Check(name) => check_failed(cx, name),
    }
}

fn wire_name(cx: &Cx, (table, column): &(String, String)) -> String {
    let model = cx.sql.model();
    let table = model.tables.iter().find(|known| known.name == *table);
    let field = table.and_then(|table| {
        let column = table.columns.iter().find(|known| known.name == *column)?;
        Some(&model.design.entities[table.entity].fields[column.field])
    });
    format!("`{}`", field.map_or(column.as_str(), |field| field.wire.as_str()))
}

/// A check that the author declared is the caller's mistake; any other that fails is ours.
fn check_failed(cx: &Cx, name: &str) -> Failure {
    let model = cx.sql.model();
    let checks = &model.tables.of(cx.plan().entity).checks;
    let Some(check) = checks.iter().find(|check| check.name == name) else {
        return Failure::of(Problem::Internal);
    };
    let detail = format!("This must hold: `{}`.", check.text);
    if cx.plan().needs_body() {
        let error = InputError {
            detail: detail.into(),
            code: ErrorCode::ValueError,
            place: Place::Pointer(String::new()),
        };
        let status = model.design.service.validation_status;
        return Failure {
            problem: Problem::InvalidBody { status },
            detail: None,
            errors: vec![error],
        };
    }
    Failure::because(Problem::InvalidState, detail)
}
