//! Named schemas of bodies.

use crate::design::{Default, EntityId, EnumId, FieldId, InputId, Type};

use super::SchemaId;

/// A named schema.
#[derive(Clone, PartialEq, Debug)]
pub struct Schema {
    /// Its name: `Task`, `TaskCreate`, `TaskUpdate`, `TaskReplace`, `TaskPage`, `TaskStats`.
    pub name: String,
    /// What it is, for people.
    pub doc: String,
    /// The entity that it is about, if it is about one.
    pub entity: Option<EntityId>,
    /// Its form.
    pub kind: SchemaKind,
}

/// The form of a schema.
#[derive(Clone, PartialEq, Debug)]
pub enum SchemaKind {
    /// An item as it is answered: every field that may leave, always present unless `fields=` narrows it.
    Item(Vec<Member>),
    /// The body of a create, a replace or an action: an absent member takes its default.
    Input(Vec<Member>),
    /// The body of an update: an absent member is unchanged, null clears one that may be null (RFC 7396).
    Patch(Vec<Member>),
    /// A page of items.
    Page {
        /// The name of the member that holds them: `items`.
        items: String,
        /// The schema of an item.
        item: SchemaId,
        /// Whether it has `next_cursor`; otherwise it has `limit` and `offset`.
        cursor: bool,
    },
    /// A bare array of items.
    Array(SchemaId),
    /// The numbers of a report.
    Report(Vec<Member>),
    /// A problem (RFC 9457).
    Problem,
    /// A problem with a list of `errors`.
    ValidationProblem,
}

/// A member of an object.
#[derive(Clone, PartialEq, Debug)]
pub struct Member {
    /// Its name on the wire.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it is always there (in an answer), or must be (in a body).
    pub required: bool,
    /// What an absent one becomes.
    pub default: Option<Default>,
    /// Texts of its type that a body may not hold, because no path could lead to such a row.
    pub refused: Vec<String>,
    /// What it means, for people.
    pub doc: Option<String>,
}

/// What a member is.
#[derive(Clone, PartialEq, Debug)]
pub enum MemberKind {
    /// A stored field.
    Field(FieldId, Type),
    /// An embedded row, there only when `include=` asks for it, null when the reference is empty or the
    /// caller may not see the row.
    Embedded(FieldId, SchemaId),
    /// An input of an action.
    Input(InputId, Type),
    /// A number of a report, by its index among the measures.
    Measure(usize, Type),
    /// One number for each variant.
    PerVariant(usize, EnumId, Type),
    /// One number for `true` and one for `false`.
    PerBool(usize, Type),
}
