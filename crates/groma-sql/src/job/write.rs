//! Create, update, replace, delete and actions.
//!
//! The statement that writes carries every condition itself, so what it changes is what was decided. Only when
//! it changes nothing does a look at the row tell why; and where the client names the state that it has seen, the
//! look comes first.

use std::sync::Arc;

use groma_ir::http::{Operation, Problem};
use groma_plan::{Cell, Failure, Row, Value, tag, value_of};

use super::read::{internal, item_plan};
use super::refuse::{checks_failed, conflict, dangling, declared, errors, is_declared, wrong_state};
use super::{Cx, Reply, Step, Violation};
use crate::cache::{Kind, Shape};
use crate::ddl::constraints;
use crate::statements::change::{self, Change, Look};
use crate::statements::{checks, item};
use crate::write::Template;

/// A request that writes.
#[derive(Debug)]
pub(super) struct Write {
    stage: Stage,
    /// The references that are asked for, by the body's member.
    references: Vec<usize>,
    /// Those that lead nowhere.
    dangling: Vec<usize>,
    looked: Option<Looked>,
    changed: Option<Changed>,
    has_parent: bool,
    violation: Option<Violation>,
    /// The checks that do not hold, by their place among those of the table.
    broken: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Start,
    References,
    /// Before the change, because of `If-Match`.
    LookFirst,
    Change,
    /// After a change that found nothing to change.
    LookWhy,
    /// After a new row that was not made: whether what it was to lie below is there.
    Parent,
    /// After a change that a check stood in the way of.
    Checks,
    /// After the change: the row beside it that is made now.
    Beside(usize),
}

/// What a look at the row says.
#[derive(Debug)]
struct Looked {
    meets_rules: bool,
    is_in_state: bool,
    /// The first named error that holds.
    error: Option<usize>,
    tag: String,
}

/// The row that was written.
#[derive(Debug)]
struct Changed {
    item: Vec<u8>,
    located: Option<Value>,
    /// Its key, where rows are made beside it.
    key: Vec<Value>,
}

impl Write {
    pub(super) fn new(cx: &Cx) -> Self {
        let body = &cx.request.body;
        let prepared = cx.sql.prepared().route(cx.request.route);
        let is_given =
            |member: usize| body.is_sent(member) && body.value(member).is_some_and(|value| !value.is_null());
        Self {
            stage: Stage::Start,
            references: prepared
                .references
                .iter()
                .map(|(at, _)| *at)
                .filter(|at| is_given(*at))
                .collect(),
            dangling: Vec::new(),
            looked: None,
            changed: None,
            has_parent: false,
            violation: None,
            broken: Vec::new(),
        }
    }

    pub(super) fn next(&mut self, cx: &Cx) -> Step {
        match self.violation.take() {
            Some(Violation::Check(name)) if is_declared(cx, &name) => {
                self.stage = Stage::Checks;
                return cx.call(&checks_template(cx), &[]);
            }
            Some(violation) => return Step::Done(Err(conflict(cx, &violation))),
            None => {}
        }
        match self.stage {
            Stage::Start if !self.references.is_empty() => {
                self.stage = Stage::References;
                cx.call(&self.references_template(cx), &[])
            }
            Stage::References if !self.dangling.is_empty() => Step::Done(Err(dangling(cx, &self.dangling))),
            Stage::Start | Stage::References => self.enter(cx),
            Stage::LookFirst => match self.refusal(cx) {
                Some(failure) => Step::Done(Err(failure)),
                None => self.change(cx),
            },
            Stage::Change if self.changed.is_some() => self.beside(cx, 0),
            Stage::Beside(made) => self.beside(cx, made + 1),
            Stage::Change if cx.plan().operation == Operation::Create && cx.has_parents() => {
                self.stage = Stage::Parent;
                cx.call(&cx.parent_template(), &[])
            }
            Stage::Change if cx.plan().operation == Operation::Create => {
                Step::Done(Err(Failure::of(Problem::Forbidden)))
            }
            Stage::Change => {
                self.stage = Stage::LookWhy;
                cx.call(&look_template(cx), &[])
            }
            Stage::LookWhy => Step::Done(self.refusal(cx).map_or_else(internal, Err)),
            Stage::Parent if self.has_parent => Step::Done(Err(Failure::of(Problem::Forbidden))),
            Stage::Parent => Step::Done(Err(Failure::of(Problem::NotFound))),
            Stage::Checks => Step::Done(Err(checks_failed(cx, &self.broken))),
        }
    }

    /// The row: looked at first where the client says which state of it is meant.
    fn enter(&mut self, cx: &Cx) -> Step {
        let is_conditional = cx.request.if_match.is_some() || cx.plan().require_match;
        if is_conditional && cx.plan().operation != Operation::Create {
            self.stage = Stage::LookFirst;
            return cx.call(&look_template(cx), &[]);
        }
        self.change(cx)
    }

    fn change(&mut self, cx: &Cx) -> Step {
        self.stage = Stage::Change;
        cx.call(&change_template(cx), &[])
    }

    /// The next row that is made beside, or the answer.
    fn beside(&mut self, cx: &Cx, made: usize) -> Step {
        let route = &cx.sql.model().http.routes[cx.request.route];
        let (Some(creation), Some(changed)) = (route.makes.get(made), &self.changed) else {
            let changed = self.changed.take();
            return Step::Done(changed.map_or_else(internal, |changed| Ok(answer(cx, changed))));
        };
        self.stage = Stage::Beside(made);
        let shape = Shape {
            kind: Kind::Beside(cx.request.route, made),
            facts: cx.caller.facts,
            detail: Vec::new(),
        };
        let template = cx.sql.cache().get(shape, || {
            change::beside(cx.sql.context(), cx.plan().entity, creation)
        });
        cx.call(&template, &changed.key)
    }

    pub(super) fn row(&mut self, cx: &Cx, row: &dyn Row) {
        match self.stage {
            Stage::Start | Stage::Beside(_) => {}
            Stage::References => {
                let asked = self.references.iter().enumerate();
                let missing = asked.filter(|(column, _)| !row.cell(*column).is_true());
                self.dangling = missing.map(|(_, member)| *member).collect();
            }
            Stage::LookFirst | Stage::LookWhy => self.looked = Some(looked(cx, row)),
            Stage::Change => self.changed = Some(changed(cx, row)),
            Stage::Parent => self.has_parent = true,
            Stage::Checks => {
                let count = constraints(cx.table()).count();
                self.broken = (0..count).filter(|at| !row.cell(*at).is_true()).collect();
            }
        }
    }

    pub(super) fn fail(&mut self, violation: Violation) {
        self.violation = Some(violation);
    }

    /// Why the row that was looked at is not changed, in the order in which it is decided.
    fn refusal(&mut self, cx: &Cx) -> Option<Failure> {
        let Some(looked) = self.looked.take() else {
            return Some(Failure::of(Problem::NotFound));
        };
        if !looked.meets_rules {
            return Some(Failure::of(Problem::Forbidden));
        }
        match &cx.request.if_match {
            None if cx.plan().require_match => return Some(Failure::of(Problem::PreconditionRequired)),
            Some(tags) if !tags.match_row(&looked.tag) => {
                return Some(Failure::of(Problem::PreconditionFailed));
            }
            Some(_) | None => {}
        }
        if !looked.is_in_state {
            return Some(wrong_state(cx));
        }
        looked.error.map(|error| Failure::of(declared(cx, error)))
    }

    fn references_template(&self, cx: &Cx) -> Arc<Template> {
        let facts = cx.caller.facts;
        let detail = self
            .references
            .iter()
            .flat_map(|member| member.to_be_bytes())
            .collect();
        let shape = Shape {
            kind: Kind::References(cx.request.route),
            facts,
            detail,
        };
        cx.sql.cache().get(shape, || {
            let all = &cx.sql.prepared().route(cx.request.route).references;
            let asked: Vec<_> = all
                .iter()
                .filter(|(member, _)| self.references.contains(member))
                .copied()
                .collect();
            item::references(cx.sql.context(), &asked, &the_change(cx), &facts)
        })
    }
}

/// The route's item after so many columns of other things.
struct Shifted<'r> {
    row: &'r dyn Row,
    by: usize,
}

impl Row for Shifted<'_> {
    fn cell(&self, index: usize) -> Cell<'_> {
        self.row.cell(index + self.by)
    }
}

fn looked(cx: &Cx, row: &dyn Row) -> Looked {
    let look = Look { errors: errors(cx) };
    let mut item = Vec::with_capacity(512);
    if let Some(plan) = cx.tagged_item() {
        plan.write(&Shifted { row, by: look.item() }, None, &mut item);
    }
    Looked {
        meets_rules: row.cell(Look::RULES).is_true(),
        is_in_state: row.cell(Look::STATE).is_true(),
        error: (0..look.errors).find(|error| row.cell(Look::ERRORS + error).is_true()),
        tag: tag(&item, None),
    }
}

fn changed(cx: &Cx, row: &dyn Row) -> Changed {
    let mut item = Vec::with_capacity(512);
    if let Some(plan) = item_plan(cx) {
        plan.write(row, None, &mut item);
    }
    let prepared = cx.sql.prepared().route(cx.request.route);
    let table = cx.table();
    let value = |field| {
        let column = prepared.columns.position(field);
        let cell = column.map_or(Cell::Null, |column| row.cell(column));
        value_of(table.column(field).class, cell)
    };
    let makes = &cx.sql.model().http.routes[cx.request.route].makes;
    Changed {
        item,
        located: prepared.located_by.map(value),
        key: makes.first().map(|_| value(table.key)).into_iter().collect(),
    }
}

fn answer(cx: &Cx, changed: Changed) -> Reply {
    let plan = cx.plan();
    let has_body = plan.success.body.is_some();
    Reply {
        status: plan.success.status,
        etag: (has_body && plan.has_tag()).then(|| tag(&changed.item, None)),
        location: changed.located.map(|key| cx.request.location(&key)),
        body: if has_body { changed.item } else { Vec::new() },
        ..Reply::default()
    }
}

fn look_template(cx: &Cx) -> Arc<Template> {
    let facts = cx.caller.facts;
    let shape = Shape {
        kind: Kind::Look(cx.request.route),
        facts,
        detail: sent(cx),
    };
    cx.sql.cache().get(shape, || {
        let columns = cx.tagged_columns();
        change::look(cx.sql.context(), &the_change(cx), &columns, &facts)
    })
}

fn change_template(cx: &Cx) -> Arc<Template> {
    let facts = cx.caller.facts;
    let shape = Shape {
        kind: Kind::Change(cx.request.route),
        facts,
        detail: sent(cx),
    };
    cx.sql.cache().get(shape, || {
        let columns = &cx.sql.prepared().route(cx.request.route).columns;
        let columns = &columns.seen_by(cx.sql.model(), cx.plan().entity, &facts);
        let change = the_change(cx);
        match cx.plan().operation {
            Operation::Create => change::insert(cx.sql.context(), &change, columns, &facts),
            Operation::Delete => change::delete(cx.sql.context(), &change, &facts),
            _ => change::update(cx.sql.context(), &change, columns, &facts),
        }
    })
}

fn checks_template(cx: &Cx) -> Arc<Template> {
    let shape = Shape {
        kind: Kind::Checks(cx.request.route),
        facts: cx.caller.facts,
        detail: sent(cx),
    };
    cx.sql.cache().get(shape, || {
        checks::kept(cx.sql.context(), cx.plan(), &the_change(cx), &cx.caller.facts)
    })
}

/// Which members were sent: the rules and the text depend on it.
fn sent(cx: &Cx) -> Vec<u8> {
    match cx.plan().operation {
        Operation::Create | Operation::Update => {
            cx.request.body.sent.iter().map(|sent| u8::from(*sent)).collect()
        }
        _ => Vec::new(),
    }
}

fn the_change(cx: &Cx) -> Change {
    let sent = |member: usize| cx.request.body.is_sent(member);
    crate::changes::change(&cx.sql.context(), cx.plan(), &cx.caller.facts, &sent)
}
