//! Create, update, replace, delete and actions.
//!
//! The statement that writes carries every condition itself, so what it changes is what was decided. Only when
//! it changes nothing does a look at the row tell why; and where the client names the state that it has seen, the
//! look comes first. A replace that finds no row may make it: then what it refers to is asked for, and the statement
//! that makes it carries the conditions of a new row.

use std::sync::Arc;

use groma_ir::http::{Operation, Problem, RouteId};
use groma_plan::{Cell, Failure, Row, Tags, Target, Value, tag, value_of};

use super::read::{internal, item_plan};
use super::refuse::{
    Refers, checks_failed, conflict, dangling, declared, errors, has_checks, is_declared, wrong_state,
};
use super::{Cx, Isolation, Reply, Step, Violation};
use crate::bind::Statement;
use crate::cache::Kind;
use crate::ddl::constraints;
use crate::statements::change::{self, Change, Look};
use crate::statements::{checks, item};

/// A request that writes.
#[derive(Debug)]
pub(super) struct Write {
    stage: Stage,
    /// The references that are asked for.
    references: Vec<Refers>,
    /// Those that lead nowhere.
    dangling: Vec<Refers>,
    /// Whether the row is made, by whatever operation.
    makes: bool,
    looked: Option<Looked>,
    changed: Option<Changed>,
    has_parent: bool,
    violation: Option<Violation>,
    /// The checks that do not hold, by their place among those of the table; nothing until the row was looked at.
    broken: Option<Vec<usize>>,
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
    /// Of a row that a replace is to make.
    ReferencesMade,
    Make,
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
                .map(Refers::Member)
                .collect(),
            dangling: Vec::new(),
            makes: cx.plan().operation == Operation::Create,
            looked: None,
            changed: None,
            has_parent: false,
            violation: None,
            broken: None,
        }
    }

    pub(super) fn next(&mut self, cx: &Cx) -> Step {
        match &self.violation {
            // By whatever name the database has it: the row itself is asked which of the author's checks it breaks.
            Some(Violation::Check(_)) if self.stage != Stage::Checks && has_checks(cx) => {
                self.stage = Stage::Checks;
                return cx.call(&self.checks_statement(cx), &[]);
            }
            Some(violation) if self.stage != Stage::Checks => {
                return Step::Done(Err(conflict(cx, violation)));
            }
            Some(_) | None => {}
        }
        match self.stage {
            Stage::Start if !self.references.is_empty() => {
                self.stage = Stage::References;
                cx.call(&self.references_statement(cx), &[])
            }
            Stage::References | Stage::ReferencesMade if !self.dangling.is_empty() => {
                Step::Done(Err(dangling(cx, &self.dangling)))
            }
            Stage::Start | Stage::References => self.enter(cx),
            Stage::LookFirst | Stage::LookWhy if self.looked.is_none() && cx.plan().made.is_some() => {
                self.make(cx)
            }
            Stage::ReferencesMade => self.insert(cx),
            Stage::Make if self.changed.is_some() && cx.request.if_match.is_some() => {
                Step::Done(Err(Failure::of(Problem::PreconditionFailed)))
            }
            Stage::LookFirst => match self.refusal(cx) {
                Some(failure) => Step::Done(Err(failure)),
                None => self.change(cx),
            },
            Stage::Change | Stage::Make if self.changed.is_some() => self.beside(cx, 0),
            Stage::Beside(made) => self.beside(cx, made + 1),
            Stage::Change if !self.makes => {
                self.stage = Stage::LookWhy;
                cx.call(&look_statement(cx), &[])
            }
            Stage::Change | Stage::Make if cx.has_parents() => {
                self.stage = Stage::Parent;
                cx.call(&cx.parent_statement(), &[])
            }
            Stage::Change | Stage::Make => Step::Done(Err(Failure::of(Problem::Forbidden))),
            // Nothing stands in the way any longer.
            Stage::LookWhy => self
                .refusal(cx)
                .map_or(Step::Again, |failure| Step::Done(Err(failure))),
            Stage::Parent if self.has_parent => Step::Done(Err(Failure::of(Problem::Forbidden))),
            Stage::Parent => Step::Done(Err(Failure::of(Problem::NotFound))),
            Stage::Checks => match (self.broken.take(), self.violation.take()) {
                (Some(broken), _) if !broken.is_empty() => Step::Done(Err(checks_failed(cx, &broken))),
                (Some(_), Some(violation)) if !is_declared(cx, &violation) => {
                    Step::Done(Err(conflict(cx, &violation)))
                }
                // The row is not what it was.
                (Some(_) | None, _) => Step::Again,
            },
        }
    }

    /// What keeps it apart from others that write.
    pub(super) fn isolation(&self, cx: &Cx) -> Isolation {
        let makes = !cx.sql.model().http.routes[cx.request.route].makes.is_empty();
        let has_more = makes || cx.plan().made.is_some() || !self.references.is_empty();
        if is_about_kept(cx) {
            Isolation::Serial
        } else if has_more || is_conditional(cx) {
            Isolation::Snapshot
        } else {
            Isolation::Statement
        }
    }

    /// The row: looked at first where the client says which state of it is meant.
    fn enter(&mut self, cx: &Cx) -> Step {
        if is_conditional(cx) {
            self.stage = Stage::LookFirst;
            return cx.call(&look_statement(cx), &[]);
        }
        self.change(cx)
    }

    fn change(&mut self, cx: &Cx) -> Step {
        self.stage = Stage::Change;
        cx.call(&self.change_statement(cx), &[])
    }

    /// The row is not there for the caller: it is made, once what it refers to is known to be there.
    fn make(&mut self, cx: &Cx) -> Step {
        self.makes = true;
        self.stage = Stage::ReferencesMade;
        let is_a_reference = cx.plan().key_field.is_some_and(|field| {
            let entity = &cx.sql.model().design.entities[cx.plan().entity];
            entity.fields[field].ty.target().is_some()
        });
        if cx.request.key.is_null() {
            let nowhere = || dangling(cx, &[Refers::Path]);
            let failure = if is_a_reference {
                nowhere()
            } else {
                Failure::of(Problem::NotFound)
            };
            return Step::Done(Err(failure));
        }
        let named = cx.sql.prepared().route(cx.request.route).named;
        self.references.extend(named.map(|_| Refers::Path));
        if self.references.is_empty() {
            return self.insert(cx);
        }
        cx.call(&self.references_statement(cx), &[])
    }

    fn insert(&mut self, cx: &Cx) -> Step {
        self.stage = Stage::Make;
        cx.call(&self.change_statement(cx), &[])
    }

    /// The next row that is made beside, or the answer.
    fn beside(&mut self, cx: &Cx, made: usize) -> Step {
        let route = &cx.sql.model().http.routes[cx.request.route];
        let is_beside = self.makes || cx.plan().made.is_none();
        let creation = route.makes.get(made).filter(|_| is_beside);
        let (Some(creation), Some(changed)) = (creation, &self.changed) else {
            let changed = self.changed.take();
            let makes = self.makes;
            return Step::Done(changed.map_or_else(internal, |changed| Ok(answer(cx, changed, makes))));
        };
        self.stage = Stage::Beside(made);
        let statement = cx.statement(Kind::Beside(cx.request.route, made), Vec::new(), || {
            change::beside(cx.sql.context(), cx.plan().entity, creation)
        });
        cx.call(&statement, &changed.key)
    }

    pub(super) fn row(&mut self, cx: &Cx, row: &dyn Row) {
        match self.stage {
            Stage::Start | Stage::Beside(_) => {}
            Stage::References | Stage::ReferencesMade => {
                let asked = self.references.iter().enumerate();
                let missing = asked.filter(|(column, _)| !row.cell(*column).is_true());
                self.dangling = missing.map(|(_, refers)| *refers).collect();
            }
            Stage::LookFirst | Stage::LookWhy => self.looked = Some(looked(cx, row)),
            Stage::Change | Stage::Make => self.changed = Some(changed(cx, row)),
            Stage::Parent => self.has_parent = true,
            Stage::Checks => {
                let count = constraints(cx.table()).count();
                self.broken = Some((0..count).filter(|at| !row.cell(*at).is_true()).collect());
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
        let has_it = |tags: &Tags| cx.plan().made.is_some() && tags.match_answer(&looked.tag);
        if cx.request.if_none_match.as_ref().is_some_and(has_it) {
            return Some(Failure::of(Problem::PreconditionFailed));
        }
        if !looked.is_in_state {
            return Some(wrong_state(cx));
        }
        looked.error.map(|error| Failure::of(declared(cx, error)))
    }

    fn references_statement(&self, cx: &Cx) -> Arc<Statement> {
        let facts = cx.caller.facts;
        let bytes = self.references.iter().flat_map(|refers| match refers {
            Refers::Member(member) => member.to_be_bytes(),
            Refers::Path => usize::MAX.to_be_bytes(),
        });
        let kind = self.kind(cx, Kind::References, Kind::ReferencesMade);
        cx.statement(kind, bytes.collect(), || {
            let prepared = cx.sql.prepared().route(cx.request.route);
            let target = |refers: &Refers| match refers {
                Refers::Member(member) => {
                    let mut all = prepared.references.iter();
                    all.find(|(known, _)| known == member).map(|(_, target)| *target)
                }
                Refers::Path => prepared.named,
            };
            let asked = self.references.iter();
            let asked: Vec<_> = asked
                .filter_map(|refers| Some((refers.slot(), target(refers)?)))
                .collect();
            item::references(cx.sql.context(), &asked, &self.the_change(cx), &facts)
        })
    }

    fn change_statement(&self, cx: &Cx) -> Arc<Statement> {
        let facts = cx.caller.facts;
        cx.statement(self.kind(cx, Kind::Change, Kind::Make), sent(cx), || {
            let columns = &cx.sql.prepared().route(cx.request.route).columns;
            let columns = &columns.seen_by(cx.sql.model(), cx.plan().entity, &facts);
            let change = self.the_change(cx);
            match cx.plan().operation {
                _ if change.is_new => change::insert(cx.sql.context(), &change, columns, &facts),
                Operation::Delete => change::delete(cx.sql.context(), &change, &facts),
                _ => change::update(cx.sql.context(), &change, columns, &facts),
            }
        })
    }

    fn checks_statement(&self, cx: &Cx) -> Arc<Statement> {
        cx.statement(self.kind(cx, Kind::Checks, Kind::ChecksMade), sent(cx), || {
            checks::kept(cx.sql.context(), &self.the_change(cx), &cx.caller.facts)
        })
    }

    /// The statement of a route, or its like for the row that a replace makes.
    fn kind(&self, cx: &Cx, kind: fn(RouteId) -> Kind, made: fn(RouteId) -> Kind) -> Kind {
        let is_made = self.makes && cx.plan().made.is_some();
        (if is_made { made } else { kind })(cx.request.route)
    }

    fn the_change(&self, cx: &Cx) -> Change {
        if self.makes && cx.plan().made.is_some() {
            return crate::changes::making(&cx.sql.context(), cx.plan(), &cx.caller.facts);
        }
        the_change(cx)
    }
}

/// Whether the row is looked at first.
fn is_conditional(cx: &Cx) -> bool {
    let asks_for_none = cx.plan().made.is_some() && cx.request.if_none_match.is_some();
    let is_conditional = cx.request.if_match.is_some() || cx.plan().require_match || asks_for_none;
    is_conditional && cx.plan().operation != Operation::Create
}

/// Whether it may take away the last row of a level of which one must stay.
fn is_about_kept(cx: &Cx) -> bool {
    let entity = &cx.sql.model().design.entities[cx.plan().entity];
    let Some(link) = entity.link.as_ref().filter(|link| link.least.is_some()) else {
        return false;
    };
    match cx.plan().operation {
        Operation::Delete | Operation::Replace => true,
        Operation::Update => {
            let mut targets = cx.plan().targets().iter().enumerate();
            targets.any(|(member, target)| {
                *target == Target::Field(link.level) && cx.request.body.is_sent(member)
            })
        }
        Operation::List
        | Operation::Get
        | Operation::Create
        | Operation::Action(_)
        | Operation::Report(_) => false,
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

fn answer(cx: &Cx, changed: Changed, makes: bool) -> Reply {
    let plan = cx.plan();
    let made = plan.made.filter(|_| makes);
    let success = made.unwrap_or(plan.success);
    let has_body = success.body.is_some();
    // What the path named stands there.
    let there = made.filter(|made| made.location).map(|_| cx.request.path.clone());
    Reply {
        status: success.status,
        etag: (has_body && plan.has_tag()).then(|| tag(&changed.item, None)),
        location: changed.located.map(|key| cx.request.location(&key)).or(there),
        body: if has_body { changed.item } else { Vec::new() },
        ..Reply::default()
    }
}

fn look_statement(cx: &Cx) -> Arc<Statement> {
    let facts = cx.caller.facts;
    cx.statement(Kind::Look(cx.request.route), sent(cx), || {
        let columns = cx.tagged_columns();
        change::look(cx.sql.context(), &the_change(cx), &columns, &facts)
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
