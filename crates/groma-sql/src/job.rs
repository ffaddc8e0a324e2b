//! One request on its way through its statements.
//!
//! The order in which a request is decided is fixed here: references, the row, the rules, `If-Match`, the state,
//! an action's own errors, conflicts. A row that is not there and one that the caller may not see take the same
//! way through the same statements.

mod fence;
mod list;
mod page;
mod read;
mod refuse;
mod retry;
mod write;

use std::sync::Arc;

use groma_ir::http::{Operation, Problem};
use groma_ir::tables::Table;
use groma_plan::{Caller, Failure, ItemPlan, Request, RoutePlan, Row, Value};

use crate::bind::{Filling, Statement, Typing};
use crate::cache::{Kind, Shape};
use crate::columns::Columns;
use crate::statements::{self, below::Below};
use crate::write::Template;
use crate::{Call, Sql};
use fence::Fence;
use retry::Keeping;

/// What a request ends in.
pub type Outcome = Result<Reply, Failure>;

/// A request on its way: ask [`Job::next`] for a statement, run it, give each row to [`Job::row`], ask again.
///
/// A constraint that stood in the way goes to [`Job::fail`] instead. On a database whose transaction is over then, it
/// is rolled back first; what is still run explains the failure, and needs no transaction. When the outcome is an
/// error, what was written must be rolled back.
#[derive(Debug)]
pub struct Job {
    cx: Cx,
    work: Work,
    fence: Fence,
    keeping: Keeping,
}

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Run this, and give back its rows.
    Run(Call),
    /// Others wrote in between, so that what was decided no longer holds: roll back and run the request as a new job.
    /// It does not happen where one writes after the other.
    Again,
    /// There is nothing left to run.
    Done(Outcome),
}

/// What a job needs around its statements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transaction {
    /// Nothing: it reads once.
    None,
    /// One snapshot: it may read more than once.
    Read,
    /// One that writes, kept apart from others so far.
    Write(Isolation),
}

/// How far a job that writes must be kept apart from others that write at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Isolation {
    /// Not at all: one statement writes and carries every condition itself.
    Statement,
    /// It sees one snapshot, and what it changes has not been changed since (`REPEATABLE READ`).
    Snapshot,
    /// As if one ran after the other: it asks for rows that it does not change, which must stay (`SERIALIZABLE`).
    Serial,
}

/// An answer when all is well.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Reply {
    /// The status; 304 where the client has the answer already.
    pub status: u16,
    /// The body: JSON, or nothing.
    pub body: Vec<u8>,
    /// `ETag`.
    pub etag: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    /// `Link`.
    pub link: Option<String>,
    /// `X-Total-Count`.
    pub total: Option<i64>,
}

/// A constraint that stood in the way of a statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Violation {
    /// Another row has the same values in these columns, each with its table.
    Unique(Vec<(String, String)>),
    /// A row points at one that is not there, or is held by one that points at it.
    ForeignKey,
    /// A check does not hold; its name, or on SQLite what it says where it has none.
    Check(String),
    /// A policy of row-level security refuses the row.
    Policy,
    /// The database does not hold such a value, or has a rule of its own against it, which the design does not know.
    Value,
}

/// What a job knows throughout.
#[derive(Debug)]
struct Cx {
    sql: Arc<Sql>,
    caller: Arc<Caller>,
    request: Request,
}

#[derive(Debug)]
enum Work {
    List(Box<list::List>),
    Get(Box<read::Get>),
    Report(read::Report),
    Write(Box<write::Write>),
}

impl Job {
    pub(crate) fn new(sql: Arc<Sql>, caller: Arc<Caller>, request: Request) -> Self {
        let cx = Cx { sql, caller, request };
        let work = match cx.plan().operation {
            Operation::List => Work::List(Box::new(list::List::new(&cx))),
            Operation::Get => Work::Get(Box::new(read::Get::new(&cx))),
            Operation::Report(_) => Work::Report(read::Report::default()),
            Operation::Create
            | Operation::Update
            | Operation::Replace
            | Operation::Delete
            | Operation::Action(_) => Work::Write(Box::new(write::Write::new(&cx))),
        };
        Self {
            fence: Fence::of(&cx.sql),
            keeping: Keeping::of(&cx),
            cx,
            work,
        }
    }

    /// The same request from its start.
    #[must_use]
    pub fn anew(self) -> Self {
        let Cx { sql, caller, request } = self.cx;
        Self::new(sql, caller, request)
    }

    /// What must stand around its statements, also around those that explain a failure.
    pub fn transaction(&self) -> Transaction {
        match (self.needed(), &self.fence) {
            (needed, Fence::None) => needed,
            // The fence stands until the transaction ends: so there has to be one.
            (Transaction::None, _) => Transaction::Read,
            (Transaction::Write(Isolation::Statement), _) => Transaction::Write(Isolation::Snapshot),
            (needed, _) => needed,
        }
    }

    fn needed(&self) -> Transaction {
        match &self.work {
            Work::Write(write) => Transaction::Write(match write.isolation(&self.cx) {
                // The answer is kept with the write.
                Isolation::Statement if self.keeping != Keeping::None => Isolation::Snapshot,
                isolation => isolation,
            }),
            Work::List(_) | Work::Get(_) if !self.cx.request.query.include.is_empty() => Transaction::Read,
            Work::List(_) if self.cx.request.query.count => Transaction::Read,
            Work::List(_) | Work::Report(_) if self.cx.has_parents() => Transaction::Read,
            Work::List(_) | Work::Get(_) | Work::Report(_) => Transaction::None,
        }
    }

    /// What to do next, once the rows of the statement before are given.
    #[expect(
        clippy::should_implement_trait,
        reason = "a job does not yield items; it asks and is told"
    )]
    pub fn next(&mut self) -> Step {
        if self.fence == Fence::Down {
            return Step::Done(Err(Failure::of(Problem::Internal)));
        }
        if let Fence::Rising(waiting) = &mut self.fence {
            let step = Step::Run(waiting.clone());
            self.fence = Fence::Up;
            return step;
        }
        let step = match self.keeping.next(&self.cx) {
            Some(step) => step,
            None => self.worked(),
        };
        match step {
            Step::Run(call) if self.fence == Fence::Due => {
                self.fence = Fence::Rising(call);
                Step::Run(fence::call(&self.cx))
            }
            step => step,
        }
    }

    /// The next step of the request itself.
    fn worked(&mut self) -> Step {
        let step = match &mut self.work {
            Work::List(list) => list.next(&self.cx),
            Work::Get(get) => get.next(&self.cx),
            Work::Report(report) => report.next(&self.cx),
            Work::Write(write) => write.next(&self.cx),
        };
        match step {
            Step::Done(outcome) => self.keeping.behind(&self.cx, outcome),
            step => step,
        }
    }

    /// Takes a row of the statement that runs.
    pub fn row(&mut self, row: &dyn Row) {
        if matches!(self.fence, Fence::Rising(_)) || self.keeping.row(row) {
            return;
        }
        match &mut self.work {
            Work::List(list) => list.row(&self.cx, row),
            Work::Get(get) => get.row(&self.cx, row),
            Work::Report(report) => report.row(&self.cx, row),
            Work::Write(write) => write.row(&self.cx, row),
        }
    }

    /// Takes note of what the statement that runs ran into; the next step is the end.
    pub fn fail(&mut self, violation: Violation) {
        // The transaction is rolled back, and the fence with it. Without a fence nothing goes on.
        self.fence = match std::mem::replace(&mut self.fence, Fence::None) {
            Fence::Up => Fence::Due,
            Fence::Rising(_) | Fence::Down => Fence::Down,
            other => other,
        };
        if self.keeping.fail() {
            return;
        }
        match &mut self.work {
            Work::Write(write) => write.fail(violation),
            Work::List(_) | Work::Get(_) | Work::Report(_) => {}
        }
    }
}

impl Cx {
    /// How the entity's item is written: its tag is of that, also on a route that does not answer with it.
    fn tagged_item(&self) -> Option<&ItemPlan> {
        let plans = self.sql.plans();
        let model = self.sql.model();
        let group = model
            .http
            .groups
            .iter()
            .find(|group| group.entity == self.plan().entity)?;
        Some(plans.item(group.item))
    }

    fn tagged_columns(&self) -> Columns {
        let columns = self.tagged_item().map_or_else(Columns::default, Columns::of);
        columns.seen_by(self.sql.model(), self.plan().entity, &self.caller.facts)
    }

    /// The table of the route's entity.
    fn table(&self) -> &Table {
        self.sql.model().tables.of(self.plan().entity)
    }

    fn plan(&self) -> &RoutePlan {
        self.sql.plans().route(self.request.route)
    }

    /// Whether the rows lie below others.
    fn has_parents(&self) -> bool {
        !self.plan().parents.is_empty()
    }

    fn below(&self) -> Below<'_> {
        Below {
            facts: &self.caller.facts,
            parents: &self.plan().parents,
        }
    }

    /// Whether the nearest parent is there for the caller.
    fn parent_statement(&self) -> Arc<Statement> {
        self.statement(Kind::Parent(self.request.route), Vec::new(), || {
            statements::below::parent(self.sql.context(), self.below())
        })
    }

    /// The statement of a kind for such a caller and such a request, made when it is asked for the first time.
    fn statement(&self, kind: Kind, detail: Vec<u8>, make: impl FnOnce() -> Template) -> Arc<Statement> {
        let shape = Shape {
            kind,
            facts: self.caller.facts,
            detail,
        };
        let typing = Typing {
            model: self.sql.model(),
            plan: self.plan(),
            query: &self.request.query,
        };
        self.sql.cache().get(shape, || Statement::new(make(), typing))
    }

    fn call(&self, statement: &Statement, keys: &[Value]) -> Step {
        let filling = Filling {
            sql: &self.sql,
            request: &self.request,
            caller: &self.caller,
            keys,
        };
        Step::Run(filling.call(statement))
    }
}
