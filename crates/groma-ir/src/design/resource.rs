//! Resources: which routes an entity has, and what they take and give.

use groma_diag::Span;

use super::{
    ActionId, Admission, Cond, Design, EntityId, EnumId, FieldId, InputId, Method, ReportId, Term, Type,
    Value, VariantId, Verb,
};
use crate::Arena;

/// A set of routes for one entity.
#[derive(Clone, PartialEq, Debug)]
pub struct Resource {
    /// The path below the base, without parameters at its end.
    pub path: Vec<Segment>,
    /// The entity.
    pub entity: EntityId,
    /// The field in the item's path: the key, or by `by` another one that is unique, alone or below the parent.
    pub by: FieldId,
    /// `list`.
    pub list: Option<List>,
    /// `create`.
    pub create: Option<Create>,
    /// `read`.
    pub read: Option<Read>,
    /// `update`, by `PATCH`.
    pub update: Option<Write>,
    /// `replace`, by `PUT`.
    pub replace: Option<Write>,
    /// `delete`.
    pub delete: Option<Delete>,
    /// Actions of the entity that have a route here.
    pub actions: Vec<ActionRoute>,
    /// Reports.
    pub reports: Arena<ReportId, Report>,
    /// The paragraph or `##` comment above it.
    pub doc: Option<String>,
    /// Where it was declared.
    pub origin: Span,
}

impl Resource {
    /// The rows that this one lies below, in the order of the path: the last of them is what its own rows refer to.
    pub fn parents(&self) -> impl DoubleEndedIterator<Item = &Parent> {
        self.path.iter().filter_map(|segment| match segment {
            Segment::Parent(parent) => Some(parent),
            Segment::Literal(_) | Segment::Caller { .. } | Segment::Item => None,
        })
    }

    /// `replace`, if it makes the row that the path names where there is none.
    pub fn put(&self) -> Option<&Write> {
        self.replace.as_ref().filter(|replace| replace.makes)
    }

    /// The fields of a new row that its request says: those of the body, and those that the path says.
    pub fn created(&self, design: &Design) -> Vec<FieldId> {
        let Some(create) = &self.create else {
            return Vec::new();
        };
        let mut fields = create.accept.clone();
        fields.extend(design.said_by_path(self));
        fields
    }

    /// What stands before each of its routes.
    pub fn gates(&self) -> Vec<Gate> {
        let mut gates = Vec::new();
        let mut add = |verb, admission, origin| {
            gates.push(Gate {
                verb,
                admission,
                origin,
            });
        };
        if let Some(list) = &self.list {
            add(Verb::Read, list.admission, list.origin);
        }
        if let Some(create) = &self.create {
            add(Verb::Create, create.admission, create.origin);
        }
        if let Some(read) = &self.read {
            add(Verb::Read, read.admission, read.origin);
        }
        for write in self.update.iter().chain(&self.replace) {
            add(Verb::Update, write.admission, write.origin);
        }
        if let Some(delete) = &self.delete {
            add(Verb::Delete, delete.admission, delete.origin);
        }
        for route in &self.actions {
            add(Verb::Action(route.action), route.admission, route.origin);
        }
        for report in &self.reports {
            add(Verb::Read, report.admission, report.origin);
        }
        gates
    }

    /// The row that its own rows refer to.
    pub fn parent(&self) -> Option<&Parent> {
        self.parents().next_back()
    }
}

/// What stands before one route of a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gate {
    /// What the route does, as rules call it.
    pub verb: Verb,
    /// Who may come without a token, and how often.
    pub admission: Admission,
    /// Where the route is declared.
    pub origin: Span,
}

/// A part of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Segment {
    /// Fixed text.
    Literal(String),
    /// `{user_id = caller}`: must be the token's caller, otherwise 403.
    Caller {
        /// The parameter's name.
        name: String,
    },
    /// `{project}`: a row of another entity, which must be there for the caller.
    Parent(Parent),
    /// `{id}`: the row that an action with a path of its own is about. No resource has it in its path.
    Item,
}

/// A row that others lie below: `{project}` in `/projects/{project}/tasks`.
///
/// It must be there and be readable by the caller, and what follows it in the path must refer to it. Otherwise there
/// is nothing at the path, whichever of these it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parent {
    /// The parameter's name on the wire: `project_id`, `post_slug`. No other parameter of the path has it.
    pub name: String,
    /// The reference to it: a field of the entity of the next parent in the path, or of the resource's own.
    pub field: FieldId,
    /// The entity of the row.
    pub entity: EntityId,
    /// The field of that entity that the path holds.
    pub by: FieldId,
}

/// `list`: a page of the rows that the caller may read.
#[derive(Clone, PartialEq, Debug)]
pub struct List {
    /// Fields that may be filtered on.
    pub filters: Vec<FieldFilter>,
    /// Filters with a name of their own.
    pub named: Vec<NamedFilter>,
    /// Text fields that `?q=` searches.
    pub search: Vec<FieldId>,
    /// Fields that may be sorted by; the first one, in its direction, is the default. Empty: by key.
    pub sort: Vec<Sort>,
    /// How the rows are cut into pages.
    pub page: Page,
    /// The form of the answer.
    pub shape: ListShape,
    /// References that `?include=` embeds.
    pub include: Vec<FieldId>,
    /// What stands before its route.
    pub admission: Admission,
    /// Where it was declared.
    pub origin: Span,
}

/// A field that may be filtered on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldFilter {
    /// The field; its operators follow from its type.
    pub field: FieldId,
    /// Where it was declared.
    pub origin: Span,
}

/// `filter state { all; open when ... }`.
#[derive(Clone, PartialEq, Debug)]
pub struct NamedFilter {
    /// The parameter's name: `state`.
    pub name: String,
    /// Its values.
    pub options: Vec<NamedOption>,
    /// Where it was declared.
    pub origin: Span,
}

/// One value of a named filter.
#[derive(Clone, PartialEq, Debug)]
pub struct NamedOption {
    /// The value: `open`.
    pub name: String,
    /// Which rows it keeps; `None` keeps all.
    pub when: Option<Cond>,
}

/// A field to sort by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sort {
    /// The field.
    pub field: FieldId,
    /// Largest first.
    pub descending: bool,
}

/// How rows are cut into pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// By a cursor or by an offset.
    pub mode: PageMode,
    /// Rows of a page when the caller says nothing.
    pub default: u32,
    /// The most rows of a page.
    pub max: u32,
}

/// How a page is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PageMode {
    /// `?cursor=`, keyset pagination.
    Cursor,
    /// `?offset=`.
    Offset,
}

/// The form of a list's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListShape {
    /// An object with the rows under this name, beside `next_cursor` (or `total`, `limit`, `offset`).
    Object {
        /// `items`, or a name that existing clients expect.
        items: String,
    },
    /// A bare array.
    Array,
}

/// `create`.
#[derive(Clone, PartialEq, Debug)]
pub struct Create {
    /// The fields that a body may hold, in the design's order.
    pub accept: Vec<FieldId>,
    /// The status of success: 201, or 200 by choice.
    pub status: u16,
    /// What stands before its route.
    pub admission: Admission,
    /// Where it was declared.
    pub origin: Span,
}

/// `read`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Read {
    /// References that `?include=` embeds.
    pub include: Vec<FieldId>,
    /// What stands before its route.
    pub admission: Admission,
    /// Where it was declared.
    pub origin: Span,
}

/// `update` or `replace`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Write {
    /// The fields that a body may hold, in the design's order.
    pub accept: Vec<FieldId>,
    /// Of `replace`: whether it makes the row that the path names where there is none. The path says the field by which
    /// rows are found, then.
    pub makes: bool,
    /// Whether `If-Match` is required: 428 without it.
    pub require_match: bool,
    /// What stands before its route.
    pub admission: Admission,
    /// Where it was declared.
    pub origin: Span,
}

/// `delete`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delete {
    /// Whether `If-Match` is required: 428 without it.
    pub require_match: bool,
    /// What stands before its route.
    pub admission: Admission,
    /// Where it was declared.
    pub origin: Span,
}

/// Where an action is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActionRoute {
    /// The action of the resource's entity.
    pub action: ActionId,
    /// What stands before its route.
    pub admission: Admission,
    /// Where it is called, if that is not below its row (or, where it finds its row itself, below the rows together).
    pub at: Option<At>,
    /// Where it was declared.
    pub origin: Span,
}

/// `at PUT /tasks/{id}/done`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct At {
    /// The method: `POST` unless another one is said.
    pub method: Method,
    /// The path below the base.
    pub path: Vec<Segment>,
}

/// A verb of the author's own: a guarded move, with assignments.
#[derive(Clone, PartialEq, Debug)]
pub struct Action {
    /// The name: `complete`, also the last part of its path.
    pub name: String,
    /// What the body holds.
    pub inputs: Arena<InputId, Input>,
    /// How it finds its row, if the path does not say which one it is.
    pub find: Option<Find>,
    /// The move that it makes, if it makes one.
    pub moves: Option<Move>,
    /// Fields that it sets, in order.
    pub sets: Vec<(FieldId, Assign)>,
    /// Rows that it makes beside, in order.
    pub creates: Vec<Creation>,
    /// Errors of its own, checked in order before anything is written.
    pub errors: Vec<ActionError>,
    /// The `##` comment above it.
    pub doc: Option<String>,
    /// Where it was declared.
    pub origin: Span,
}

/// `find by token`: the row is the one that has the value of the body.
///
/// The caller need not be able to read it: that they know the value is what an invitation or a one-time code is about.
/// To whom neither reading nor the action is allowed, the row is not there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Find {
    /// A field that no two rows share.
    pub field: FieldId,
    /// The input that holds its value: the one of the same name.
    pub input: InputId,
}

/// `from todo, doing to done`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Move {
    /// The field with states.
    pub field: FieldId,
    /// Its enum.
    pub of: EnumId,
    /// The states in which the action works; from any other it is a 409.
    pub from: Vec<VariantId>,
    /// The state that it leaves the row in.
    pub to: VariantId,
}

/// What an assignment puts into a field.
#[derive(Clone, PartialEq, Debug)]
pub enum Assign {
    /// A term over the row before, the caller, the clock and the inputs.
    Term(Term),
    /// The opposite of a boolean field of the row before.
    Not(FieldId),
}

/// A row that is made beside a change, in the same transaction: `create Team.members { team: team, user: caller }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Creation {
    /// What is made.
    pub entity: EntityId,
    /// What it holds, over the row as the change leaves it. Its key is made by the server.
    pub sets: Vec<(FieldId, Assign)>,
    /// Where it was declared.
    pub origin: Span,
}

/// A member of an action's body.
#[derive(Clone, PartialEq, Debug)]
pub struct Input {
    /// The name on the wire.
    pub name: String,
    /// What it holds.
    pub ty: Type,
    /// Whether it may be empty or left out.
    pub optional: bool,
    /// What it is when it is left out.
    pub default: Option<Value>,
    /// The `##` comment above it.
    pub doc: Option<String>,
    /// Where it was declared.
    pub origin: Span,
}

/// `error expired 410 when expires <= now`.
#[derive(Clone, PartialEq, Debug)]
pub struct ActionError {
    /// The kind of problem.
    pub name: String,
    /// Its status.
    pub status: u16,
    /// When it is raised.
    pub when: Cond,
    /// Where it was declared.
    pub origin: Span,
}

/// `report stats { ... }`: numbers over the rows that the caller may read.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// The name, also the last part of its path.
    pub name: String,
    /// Its numbers.
    pub measures: Vec<Measure>,
    /// What stands before its route.
    pub admission: Admission,
    /// The `##` comment above it.
    pub doc: Option<String>,
    /// Where it was declared.
    pub origin: Span,
}

/// One number of a report, or one for each variant of an enum.
#[derive(Clone, PartialEq, Debug)]
pub struct Measure {
    /// The name on the wire.
    pub name: String,
    /// What is computed.
    pub aggregate: Aggregate,
    /// One number for each value of this enum or boolean field, zero included.
    pub per: Option<FieldId>,
    /// Only over rows for which this holds.
    pub when: Option<Cond>,
    /// Where it was declared.
    pub origin: Span,
}

/// What a measure computes. Over no rows (or none with a value) a count and a sum are zero, and the others null.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Aggregate {
    /// How many rows.
    Count,
    /// The sum of a numeric field.
    Sum(FieldId),
    /// The mean of a numeric field.
    Avg(FieldId),
    /// The smallest value of an ordered field.
    Min(FieldId),
    /// The largest value of an ordered field.
    Max(FieldId),
}
