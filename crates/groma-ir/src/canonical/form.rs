//! The form that is written: plain data, documented for its JSON Schema.

mod routes;

use schemars::JsonSchema;
use serde::Serialize;

pub(super) use routes::{
    Admission, Create, Delete, ListRoute, Measure, NamedOption, Read, Report, Resource, Write,
};

/// A design, resolved: every name is known, every default is said.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Groma design")]
pub(super) struct Design {
    /// The version of this form.
    pub(super) version: u32,
    pub(super) service: Service,
    /// Absent when no route needs a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) auth: Option<Auth>,
    pub(super) enums: Vec<Enum>,
    pub(super) entities: Vec<Entity>,
    pub(super) resources: Vec<Resource>,
    /// What is open, in words.
    pub(super) questions: Vec<Question>,
    /// What works as a provisional answer.
    pub(super) holes: Vec<Hole>,
    pub(super) decisions: Vec<Decision>,
}

/// The service as a whole.
#[derive(Serialize, JsonSchema)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) title: String,
    /// The path before every route.
    pub(super) base: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cors: Option<Cors>,
    /// The largest body in bytes.
    pub(super) body_limit: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rate: Option<Rate>,
    /// The status of a body that does not fit its schema.
    pub(super) validation_status: u16,
    /// The role under which requests run, where the rules hold inside the database too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) row_security: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doc: Option<String>,
}

/// A value of the design, or of the environment at start.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Setting {
    /// The name of an environment variable.
    Env(String),
    Value(String),
}

/// Cross-origin requests.
#[derive(Serialize, JsonSchema)]
pub(super) struct Cors {
    pub(super) origins: Vec<Setting>,
    pub(super) credentials: bool,
}

/// So many requests in so many seconds, for each.
#[derive(Serialize, JsonSchema)]
pub(super) struct Rate {
    pub(super) requests: u32,
    pub(super) seconds: u32,
    /// `caller` or `address`.
    pub(super) per: &'static str,
}

/// How callers are known.
#[derive(Serialize, JsonSchema)]
pub(super) struct Auth {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) issuer: Option<Setting>,
    pub(super) audience: Vec<Setting>,
    pub(super) keys: Keys,
    pub(super) algorithms: Vec<&'static str>,
    /// Tolerated clock difference in seconds.
    pub(super) leeway: u32,
    /// The entity whose rows are the callers.
    pub(super) caller: String,
    /// The claim that holds the caller's key.
    pub(super) caller_claim: String,
    pub(super) claims: Vec<Claim>,
    pub(super) roles: Vec<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_claim: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default_role: Option<String>,
}

/// Where verification keys come from.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Keys {
    /// A JWK set at this path of the issuer.
    IssuerPath(String),
    /// A JWK set at this URL or in this file.
    Jwks(Setting),
    /// A shared secret.
    Secret(Setting),
}

/// A claim that rules may read.
#[derive(Serialize, JsonSchema)]
pub(super) struct Claim {
    pub(super) name: String,
    /// Its name in the token.
    pub(super) claim: String,
    #[serde(rename = "type")]
    pub(super) ty: &'static str,
}

/// A role, with every role that it includes.
#[derive(Serialize, JsonSchema)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) includes: Vec<String>,
}

/// A closed list of names, in the order in which they sort.
#[derive(Serialize, JsonSchema)]
pub(super) struct Enum {
    pub(super) name: String,
    pub(super) variants: Vec<Variant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doc: Option<String>,
}

/// One name of an enum.
#[derive(Serialize, JsonSchema)]
pub(super) struct Variant {
    pub(super) name: String,
    /// What it was called before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) was: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doc: Option<String>,
}

/// What something was called before.
#[derive(Serialize, JsonSchema)]
pub(super) struct Was {
    /// In the design, if it was called otherwise there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// In the database.
    pub(super) stored: String,
}

/// A kind of row.
#[derive(Serialize, JsonSchema)]
pub(super) struct Entity {
    pub(super) name: String,
    pub(super) plural: String,
    /// `managed`, `external_table` or `external`.
    pub(super) storage: &'static str,
    pub(super) table: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) was: Option<Was>,
    pub(super) key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<String>,
    /// The reference to the tenant that fences its rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fence: Option<String>,
    /// What its rows tie together, where they are shares or members of other rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<Link>,
    pub(super) fields: Vec<Field>,
    pub(super) inverses: Vec<Inverse>,
    pub(super) uniques: Vec<Unique>,
    pub(super) indexes: Vec<Vec<String>>,
    pub(super) checks: Vec<Cond>,
    pub(super) states: Vec<States>,
    pub(super) actions: Vec<Action>,
    pub(super) access: Vec<Rule>,
    /// What the rules are proved to come down to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) guarantees: Vec<Guarantee>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doc: Option<String>,
}

/// A row that ties a person to another row with a level.
#[derive(Serialize, JsonSchema)]
pub(super) struct Link {
    /// `shares` or `members`.
    pub(super) kind: &'static str,
    /// The reference to the row.
    pub(super) parent: String,
    /// The reference to the person.
    pub(super) user: String,
    /// The level.
    pub(super) level: String,
    /// How many rows of which level stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at_least: Option<(u32, String)>,
}

/// A stored value.
#[derive(Serialize, JsonSchema)]
pub(super) struct Field {
    pub(super) name: String,
    /// Its name in JSON and in queries.
    pub(super) wire: String,
    pub(super) column: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) was: Option<Was>,
    #[serde(rename = "type")]
    pub(super) ty: Type,
    pub(super) optional: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<Default>,
    /// `caller` or `server`.
    pub(super) written_by: &'static str,
    /// `open`, `writeonly` or `internal`.
    pub(super) mode: &'static str,
    /// `uuid7` or `identity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) generated: Option<&'static str>,
    /// Set at every write.
    pub(super) touch: bool,
    /// `cascade`, `restrict` or `set_null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on_delete: Option<&'static str>,
    /// A reference without an index of its own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) unindexed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doc: Option<String>,
}

/// What a field holds.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Type {
    /// A scalar as the design writes it, `text(1..200)`, with its modifiers.
    Scalar(Scalar),
    /// The name of an enum.
    Enum(String),
    /// The name of an entity.
    Reference(String),
    List(Box<List>),
}

/// A scalar type.
#[derive(Serialize, JsonSchema)]
pub(super) struct Scalar {
    #[serde(rename = "type")]
    pub(super) ty: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) trim: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<String>,
}

/// A list and its bounds.
#[derive(Serialize, JsonSchema)]
pub(super) struct List {
    pub(super) item: Type,
    pub(super) min: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max: Option<u32>,
}

/// What a field gets when nobody gives it a value.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Default {
    Value(Value),
    Caller,
    /// The time of the write, so many seconds later.
    Now(i64),
}

/// A literal.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
}

/// The rows that point here.
#[derive(Serialize, JsonSchema)]
pub(super) struct Inverse {
    pub(super) name: String,
    pub(super) entity: String,
    pub(super) via: String,
}

/// Fields that no two rows share.
#[derive(Serialize, JsonSchema)]
pub(super) struct Unique {
    pub(super) fields: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) when: Option<Cond>,
}

/// The moves of a field.
#[derive(Serialize, JsonSchema)]
pub(super) struct States {
    pub(super) field: String,
    pub(super) transitions: Vec<Transition>,
}

/// One move.
#[derive(Serialize, JsonSchema)]
pub(super) struct Transition {
    pub(super) from: String,
    pub(super) to: String,
    /// The action that alone makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) action: Option<String>,
}

/// A verb of the author's own.
#[derive(Serialize, JsonSchema)]
pub(super) struct Action {
    pub(super) name: String,
    pub(super) inputs: Vec<Input>,
    /// The field by which it finds its row: the input of the same name holds the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) find_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) moves: Option<Move>,
    pub(super) sets: Vec<Set>,
    /// Rows that it makes beside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) creates: Vec<Creation>,
    pub(super) errors: Vec<ActionError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doc: Option<String>,
}

/// A row that is made beside a change.
#[derive(Serialize, JsonSchema)]
pub(super) struct Creation {
    pub(super) entity: String,
    pub(super) sets: Vec<Set>,
}

/// A member of an action's body.
#[derive(Serialize, JsonSchema)]
pub(super) struct Input {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) ty: Type,
    pub(super) optional: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<Value>,
}

/// The move that an action makes.
#[derive(Serialize, JsonSchema)]
pub(super) struct Move {
    pub(super) field: String,
    pub(super) from: Vec<String>,
    pub(super) to: String,
}

/// An assignment of an action.
#[derive(Serialize, JsonSchema)]
pub(super) struct Set {
    pub(super) field: String,
    pub(super) to: Assign,
}

/// What an assignment puts into a field.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Assign {
    Term(Term),
    /// The opposite of this boolean field.
    Not(String),
}

/// An error of an action's own.
#[derive(Serialize, JsonSchema)]
pub(super) struct ActionError {
    pub(super) name: String,
    pub(super) status: u16,
    pub(super) when: Cond,
}

/// One rule of access.
#[derive(Serialize, JsonSchema)]
pub(super) struct Rule {
    /// `allow` or `deny`.
    pub(super) effect: &'static str,
    pub(super) verbs: Vec<Verb>,
    pub(super) who: Vec<Who>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) except: Vec<Who>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) when: Option<Cond>,
}

/// That nobody else may do something.
#[derive(Serialize, JsonSchema)]
pub(super) struct Guarantee {
    pub(super) verbs: Vec<Verb>,
    pub(super) only: Vec<Who>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) when: Option<Cond>,
}

/// A verb, for the whole row or for some of its fields.
#[derive(Serialize, JsonSchema)]
pub(super) struct Verb {
    pub(super) verb: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fields: Vec<String>,
}

/// Whom a rule is about.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Who {
    Everyone,
    Authenticated,
    Role(String),
    /// The user at the end of this path.
    Path(String),
    /// Those to whom the row at the end of the path (empty: the row itself) is tied, at this level or a higher one.
    Level {
        path: String,
        link: String,
        least: String,
    },
    Can {
        verb: String,
        path: String,
    },
}

/// A condition.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cond {
    And(Vec<Cond>),
    Or(Vec<Cond>),
    Not(Box<Cond>),
    /// The operator, the left and the right side.
    Compare(&'static str, Term, Term),
    In(Term, Vec<Term>),
    Is(Term),
    /// The path to another row, and the condition on it.
    At(String, Box<Cond>),
}

/// A value in a condition or an assignment.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Term {
    Field(String),
    /// A field of the row as the change leaves it.
    NewField(String),
    Caller,
    Claim(String),
    /// The time, so many seconds later.
    Now(i64),
    Input(String),
    Value(Value),
}

/// Something open, in words.
#[derive(Serialize, JsonSchema)]
pub(super) struct Question {
    pub(super) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) affects: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<String>,
}

/// Something that works as a provisional answer.
#[derive(Serialize, JsonSchema)]
pub(super) struct Hole {
    pub(super) subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) provisional: Option<String>,
}

/// An answer on record.
#[derive(Serialize, JsonSchema)]
pub(super) struct Decision {
    pub(super) subject: String,
    pub(super) answer: String,
    pub(super) over: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) because: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on: Option<String>,
}
