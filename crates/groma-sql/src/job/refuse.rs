//! What stands in the way of a write, as answers.

use groma_ir::Model;
use groma_ir::design::{Assign, FieldId, Term};
use groma_ir::http::{ErrorCode, Operation, Problem};
use groma_ir::tables::TableCheck;
use groma_ir::words;
use groma_plan::{Failure, InputError, Place, Target};

use super::{Cx, Violation};
use crate::ddl::constraints;
use crate::write::Slot;

/// Where a request refers to a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refers {
    /// In a member of the body.
    Member(usize),
    /// In the path, which names the row that is to be made.
    Path,
}

impl Refers {
    /// What is referred to.
    pub(super) fn slot(self) -> Slot {
        match self {
            Self::Member(member) => Slot::Body(member),
            Self::Path => Slot::Key,
        }
    }

    fn place(self, cx: &Cx) -> Place {
        match self {
            Self::Member(member) => Place::member(cx.plan().member_name(member)),
            Self::Path => {
                let entity = &cx.sql.model().design.entities[cx.plan().entity];
                let named = cx.plan().key_field.map(|field| entity.fields[field].wire.clone());
                Place::Parameter(named.unwrap_or_default())
            }
        }
    }
}

/// References that lead to no row that the caller may read.
pub(super) fn dangling(cx: &Cx, all: &[Refers]) -> Failure {
    let error = |refers: &Refers| InputError {
        detail: "There is no such resource to refer to.".into(),
        code: ErrorCode::ReferenceNotFound,
        place: refers.place(cx),
    };
    let status = cx.sql.model().design.service.validation_status;
    Failure {
        problem: Problem::InvalidBody { status },
        detail: None,
        errors: all.iter().map(error).collect(),
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

/// The row is in a state that does not allow the change.
pub(super) fn wrong_state(cx: &Cx) -> Failure {
    let design = &cx.sql.model().design;
    let entity = &design.entities[cx.plan().entity];
    let kept = entity.link.as_ref().and_then(|link| Some((link, link.least?)));
    match kept {
        Some((link, least)) => Failure::because(
            Problem::InvalidState,
            format!(
                "At least {} `{}` must stay.",
                least.count,
                design.variant_name(link.of, least.level)
            ),
        ),
        None => Failure::of(Problem::InvalidState),
    }
}

/// A constraint of the database.
pub(super) fn conflict(cx: &Cx, violation: &Violation) -> Failure {
    match violation {
        Violation::Unique(columns) if columns.is_empty() => {
            Failure::because(Problem::Conflict, "Another resource has the same values.")
        }
        Violation::Unique(columns) => {
            let names: Vec<String> = columns.iter().map(|column| wire_name(cx, column)).collect();
            Failure::because(
                Problem::Conflict,
                format!("Another resource has the same value of {}.", names.join(" and ")),
            )
        }
        Violation::ForeignKey if cx.plan().operation == Operation::Delete => Failure::because(
            Problem::Conflict,
            "Other resources refer to this one, or to one that would go with it.",
        ),
        Violation::ForeignKey => Failure::because(
            Problem::Conflict,
            words::without_caller(
                &cx.sql.model().design,
                &cx.sql.model().http.routes[cx.request.route],
            )
            .unwrap_or_else(|| "It refers to a resource that is not there.".into()),
        ),
        // A check of ours is never run into: the server has looked before. Any other is a rule of somebody else's.
        Violation::Check(name) if is_check_of(cx.sql.model(), name) => Failure::of(Problem::Internal),
        Violation::Policy => Failure::of(Problem::Forbidden),
        Violation::Check(_) | Violation::Value if cx.plan().needs_body() => Failure::because(
            Problem::InvalidBody {
                status: cx.sql.model().design.service.validation_status,
            },
            "The database does not take these values.",
        ),
        Violation::Check(_) | Violation::Value => {
            Failure::because(Problem::Conflict, "The database does not take this change.")
        }
    }
}

/// Whether the design knows a check of this name.
fn is_check_of(model: &Model, constraint: &str) -> bool {
    model.tables.iter().any(|table| {
        let declared = table.checks.iter().map(|check| &check.name);
        let mut names = declared.chain(table.columns.iter().map(|column| &column.check_name));
        names.any(|name| name == constraint)
    })
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

/// Whether the author declared checks that the table keeps.
pub(super) fn has_checks(cx: &Cx) -> bool {
    constraints(cx.table()).next().is_some()
}

/// Whether the author declared the check of this name.
pub(super) fn is_declared(cx: &Cx, violation: &Violation) -> bool {
    let Violation::Check(name) = violation else {
        return false;
    };
    constraints(cx.table()).any(|(check, _)| check.name == *name)
}

/// Checks that the author declared and that the row would not keep.
pub(super) fn checks_failed(cx: &Cx, broken: &[usize]) -> Failure {
    let checks: Vec<&TableCheck> = constraints(cx.table()).map(|(check, _)| check).collect();
    let broken: Vec<&TableCheck> = broken.iter().filter_map(|at| checks.get(*at).copied()).collect();
    let model = cx.sql.model();
    let words = |check: &TableCheck| {
        let words = words::cond(&model.design, cx.plan().entity, &check.cond);
        format!("This must hold: {words}.")
    };
    if broken.is_empty() {
        return Failure::of(Problem::Internal);
    }
    if !cx.plan().needs_body() {
        let all: Vec<String> = broken.iter().map(|check| words(check)).collect();
        return Failure::because(Problem::InvalidState, all.join(" "));
    }
    let error = |check: &&TableCheck| InputError {
        detail: words(check).into(),
        code: ErrorCode::ValueError,
        place: place(cx, check),
    };
    let status = model.design.service.validation_status;
    Failure {
        problem: Problem::InvalidBody { status },
        detail: None,
        errors: broken.iter().map(error).collect(),
    }
}

/// The first field of a check that was sent, otherwise the first that can be; the whole body where none can.
fn place(cx: &Cx, check: &TableCheck) -> Place {
    let members: Vec<usize> = check
        .cond
        .fields()
        .into_iter()
        .filter_map(|field| member_of(cx, field))
        .collect();
    let sent = members.iter().find(|member| cx.request.body.is_sent(**member));
    match sent.or(members.first()) {
        Some(member) => Place::member(cx.plan().member_name(*member)),
        None => Place::Pointer(String::new()),
    }
}

/// The member of the body that a field takes its value from.
fn member_of(cx: &Cx, field: FieldId) -> Option<usize> {
    let plan = cx.plan();
    let target = match plan.operation {
        Operation::Action(action) => {
            let action = &cx.sql.model().design.entities[plan.entity].actions[action];
            let (_, assign) = action.sets.iter().rev().find(|(set, _)| *set == field)?;
            match assign {
                Assign::Term(Term::Input(input)) => Target::Input(*input),
                Assign::Term(_) | Assign::Not(_) => return None,
            }
        }
        _ => Target::Field(field),
    };
    plan.targets().iter().position(|known| *known == target)
}
