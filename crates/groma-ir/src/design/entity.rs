//! Entities, enums and their fields.

use groma_diag::Span;

use super::{Action, ActionId, Cond, Default, EntityId, EnumId, FieldId, Guarantee, Rule, VariantId};
use crate::Arena;
use crate::scalar::Scalar;

/// A closed list of names, in the order in which they sort.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Enum {
    /// The name: `Priority`.
    pub name: String,
    /// The variants in order.
    pub variants: Arena<VariantId, Variant>,
    /// The paragraph or `##` comment above it.
    pub doc: Option<String>,
    /// Where it was declared.
    pub origin: Span,
}

/// One name of an enum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variant {
    /// The name, also on the wire and in the database.
    pub name: String,
    /// What it was called before.
    pub was: Option<String>,
    /// The `##` comment above it.
    pub doc: Option<String>,
    /// Where it was declared.
    pub origin: Span,
}

/// A kind of row.
#[derive(Clone, PartialEq, Debug)]
pub struct Entity {
    /// The name: `Task`.
    pub name: String,
    /// The name for people and paths of more than one: `tasks`.
    pub plural: String,
    /// Who owns the table.
    pub storage: Storage,
    /// The table's name, unquoted: `tasks`.
    pub table: String,
    /// What it and its table were called before.
    pub was: Option<Was>,
    /// Fields in the order of their declaration, `timestamps` last.
    pub fields: Arena<FieldId, Field>,
    /// The key field.
    pub key: FieldId,
    /// The field that holds the owner: the reference whose default is `caller`.
    pub owner: Option<FieldId>,
    /// What ties people to its rows with a level: its shares, its members.
    pub links: Vec<EntityId>,
    /// What its own rows tie, where it is such a tie.
    pub link: Option<Link>,
    /// The reference to the tenant that fences its rows: `entity Document in Team`.
    pub fence: Option<FieldId>,
    /// Lists of the rows that point here.
    pub inverses: Vec<Inverse>,
    /// `unique a, b [when cond]`, and each `unique` field.
    pub uniques: Vec<Unique>,
    /// `index a, b`.
    pub indexes: Vec<Index>,
    /// `check cond`.
    pub checks: Vec<Check>,
    /// State machines, one a field at most.
    pub states: Vec<States>,
    /// Actions, which are verbs of the access rules.
    pub actions: Arena<ActionId, Action>,
    /// The rules of its `access` block, in order.
    pub rules: Vec<Rule>,
    /// What the rules must come down to; proved when the design is checked.
    pub guarantees: Vec<Guarantee>,
    /// Where its `access` block stands, if it has one.
    pub access_origin: Option<Span>,
    /// The paragraph or `##` comment above it.
    pub doc: Option<String>,
    /// Where it was declared.
    pub origin: Span,
}

/// What an entity or a field was called before, and the table or column that holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Was {
    /// The old name in the design; none where the database's name alone has changed.
    pub name: Option<String>,
    /// The old name in the database.
    pub stored: String,
}

/// Who owns the table of an entity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Storage {
    /// Groma creates and migrates it.
    Managed,
    /// Somebody else owns it in the same database: read, joined, never migrated.
    ExternalTable,
    /// It lives elsewhere: only its key is known here, and nothing can be checked against it.
    ExternalId,
}

/// One stored value of an entity.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// The name in the design: `project`.
    pub name: String,
    /// The name on the wire: `project_id` for a reference.
    pub wire: String,
    /// The column's name: the wire name, unless `column` says another.
    pub column: String,
    /// What it and its column were called before.
    pub was: Option<Was>,
    /// What it holds.
    pub ty: Type,
    /// Whether it may be empty.
    pub optional: bool,
    /// What it gets when nobody gives it a value.
    pub default: Option<Default>,
    /// Who writes it.
    pub write: WriteBy,
    /// Whether it may leave and come in.
    pub mode: Mode,
    /// How the server makes the value of a key.
    pub generated: Option<Generated>,
    /// `on update now`: set at every write.
    pub touch: bool,
    /// What happens to this row when the row that it points at is deleted; said for every reference to rows that this
    /// service deletes.
    pub on_delete: Option<OnDelete>,
    /// `unindexed`: a reference that gets no index of its own.
    pub unindexed: bool,
    /// The `##` comment above it.
    pub doc: Option<String>,
    /// Where it was declared.
    pub origin: Span,
}

/// Who writes a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WriteBy {
    /// A caller, where a resource accepts the field.
    Caller,
    /// The server alone: `readonly`, generated keys, `timestamps`.
    Server,
}

/// Whether a field's value leaves the server and may come in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Both ways.
    Open,
    /// `writeonly`: comes in, never leaves.
    WriteOnly,
    /// `internal`: neither.
    Internal,
}

/// How the server makes a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Generated {
    /// A UUID of version 7 (RFC 9562).
    Uuid7,
    /// An identity column.
    Identity,
}

/// What a field holds.
#[derive(Clone, PartialEq, Debug)]
pub enum Type {
    /// One value.
    Scalar(Scalar),
    /// A variant of an enum.
    Enum(EnumId),
    /// The key of a row.
    Reference(EntityId),
    /// A list of scalars or variants.
    List(Box<ListType>),
}

/// A list and its bounds.
#[derive(Clone, PartialEq, Debug)]
pub struct ListType {
    /// What it holds: a scalar or a variant, never a list or a reference.
    pub item: Type,
    /// The fewest items.
    pub min: u32,
    /// The most items.
    pub max: Option<u32>,
}

/// What happens to a row when the row that it points at is deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnDelete {
    /// It is deleted too.
    Cascade,
    /// The deletion is refused with a 409, unless the row goes in the same deletion.
    Restrict,
    /// Its reference becomes empty.
    SetNull,
}

/// A row that ties a person to another row with a level: `shared with User as view < edit`, or `members`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// What the tie is.
    pub kind: LinkKind,
    /// The reference to the row.
    pub parent: FieldId,
    /// The reference to the person.
    pub user: FieldId,
    /// The level.
    pub level: FieldId,
    /// The levels, the lowest first; each includes those below it.
    pub of: EnumId,
    /// `at least 1 owner`.
    pub least: Option<Least>,
}

/// What a tie between a person and a row is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkKind {
    /// The row is shared with the person.
    Shares,
    /// The person is a member of the tenant.
    Members,
}

/// So many rows with this level stay, whatever is changed or removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Least {
    /// How many.
    pub count: u32,
    /// The level.
    pub level: VariantId,
}

/// `tasks: [Task] via project`: the rows that point here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inverse {
    /// The name here: `tasks`.
    pub name: String,
    /// The entity that points here.
    pub entity: EntityId,
    /// Its reference field.
    pub via: FieldId,
    /// The `##` comment above it.
    pub doc: Option<String>,
    /// Where it was declared.
    pub origin: Span,
}

/// Fields that no two rows share.
#[derive(Clone, PartialEq, Debug)]
pub struct Unique {
    /// The fields together.
    pub fields: Vec<FieldId>,
    /// Only among rows for which this holds.
    pub when: Option<Cond>,
    /// Where it was declared.
    pub origin: Span,
}

/// An index that the author asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Index {
    /// The fields in order.
    pub fields: Vec<FieldId>,
    /// Where it was declared.
    pub origin: Span,
}

/// A condition that every row meets.
#[derive(Clone, PartialEq, Debug)]
pub struct Check {
    /// The condition over stored fields.
    pub cond: Cond,
    /// Its source text.
    pub text: String,
    /// Where it was declared.
    pub origin: Span,
}

/// The moves that an enum field may make.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct States {
    /// The field.
    pub field: FieldId,
    /// Its enum.
    pub of: EnumId,
    /// Every declared move. Staying in a state is always allowed.
    pub transitions: Vec<Transition>,
    /// Where it was declared.
    pub origin: Span,
}

/// One declared move.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transition {
    /// From this state.
    pub from: VariantId,
    /// To this one.
    pub to: VariantId,
    /// The action that claims the move: then `update` cannot make it.
    pub claimed_by: Option<ActionId>,
    /// Where it was declared.
    pub origin: Span,
}

impl Entity {
    /// A field by its name in the design.
    pub fn field(&self, name: &str) -> Option<FieldId> {
        self.fields
            .entries()
            .find(|(_, field)| field.name == name)
            .map(|(id, _)| id)
    }

    /// The states of a field, if it has any.
    pub fn states_of(&self, field: FieldId) -> Option<&States> {
        self.states.iter().find(|states| states.field == field)
    }

    /// An action by its name.
    pub fn action(&self, name: &str) -> Option<ActionId> {
        self.actions
            .entries()
            .find(|(_, action)| action.name == name)
            .map(|(id, _)| id)
    }
}

impl LinkKind {
    /// The word for it in the design: `access Task.shares`, `access Team.members`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Shares => "shares",
            Self::Members => "members",
        }
    }
}

impl Type {
    /// The entity that a reference points at.
    pub fn target(&self) -> Option<EntityId> {
        match self {
            Self::Reference(entity) => Some(*entity),
            Self::Scalar(_) | Self::Enum(_) | Self::List(_) => None,
        }
    }
}

impl Field {
    /// Whether its value is in answers.
    pub fn leaves(&self) -> bool {
        self.mode == Mode::Open
    }
}
