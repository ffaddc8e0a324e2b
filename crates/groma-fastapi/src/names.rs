//! What things are called in Python: packages, classes, attributes, parameters.

use groma_ir::Model;
use groma_ir::design::{EntityId, EnumId, FieldId, VariantId};
use groma_ir::http::{Route, SchemaId, SchemaKind};
use groma_ir::spelling;
pub(crate) use groma_ir::spelling::{article, capital, pascal, spaced};

/// Words that Python keeps for itself; what is called so gets a `_` behind its name.
const KEYWORDS: [&str; 38] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "match", "nonlocal", "not", "or", "pass", "raise", "return", "try", "type", "while", "with",
    "yield",
];

/// Whether Python takes a name as that of an argument.
pub(crate) fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name) && !["case", "match", "type"].contains(&name)
}

/// Attributes of every Pydantic and SQLModel class, and of ours, which a field must not take the place of.
const TAKEN: [&str; 28] = [
    "construct",
    "copy",
    "dict",
    "filters",
    "from_orm",
    "json",
    // `dict(body)` asks for it.
    "keys",
    "metadata",
    "mro",
    "list",
    "one_of",
    "order_of",
    "parse_file",
    "parse_obj",
    "parse_raw",
    "refusing",
    "registry",
    "schema",
    "schema_json",
    "some_of",
    "tell_in_order",
    "update_forward_refs",
    "validate",
    // Hard to tell from a number.
    "l",
    // What the types of other fields are called.
    "bool",
    "float",
    "int",
    "str",
];

/// A name that Python takes: the wire's own, with a `_` behind it where Python or its libraries need it themselves.
pub(crate) fn attribute(wire: &str) -> String {
    let mut name: String = wire
        .chars()
        .map(|char| if char.is_alphanumeric() { char } else { '_' })
        .collect();
    if name.starts_with(|char: char| char.is_ascii_digit()) {
        name.insert_str(0, "n_");
    }
    // A leading `_` makes a member private to Pydantic.
    if let Some(rest) = name.strip_prefix('_') {
        name = format!("{}_", rest.trim_start_matches('_'));
    }
    // `class` is `class_`, and so `class_` is `class__`.
    if is_taken(name.trim_end_matches('_')) {
        name.push('_');
    }
    name
}

/// Whether a field needs another name: one with a large letter first would hide a class from the fields behind it.
fn is_taken(name: &str) -> bool {
    let prefixes = ["model_", "sqlmodel_"];
    KEYWORDS.contains(&name)
        || TAKEN.contains(&name)
        || prefixes.iter().any(|prefix| name.starts_with(prefix))
        || name.starts_with(char::is_uppercase)
}

/// The attribute of a claim: `id` and `roles` are the caller's own.
pub(crate) fn claim(name: &str) -> String {
    match name.trim_end_matches('_') {
        "id" | "roles" => format!("{name}_"),
        _ => attribute(name),
    }
}

/// `TaskShare` and `listTasks` → `task_share`, `list_tasks`; a word of Python's own has a `_` behind it.
pub(crate) fn snake(name: &str) -> String {
    let mut name = spelling::snake(name);
    if KEYWORDS.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// Classes that generated modules take from elsewhere, which one of the design's must not be called.
const CLASSES: [&str; 94] = [
    "APIRouter",
    "Annotated",
    "Any",
    "AnyJson",
    "AsyncIterator",
    "BaseModel",
    "BaseSettings",
    "Body",
    "BoolColumn",
    "Caller",
    "CallerDep",
    "Change",
    "CheckConstraint",
    "Clock",
    "ClockText",
    "Collection",
    "ColumnElement",
    "Commas",
    "Config",
    "ConfigDict",
    "DOUBLE",
    "DateColumn",
    "Day",
    "Decimal",
    "DecimalColumn",
    "DecimalText",
    "Depends",
    "Ellipsis",
    "Email",
    "EnumColumn",
    "Exception",
    "Field",
    "Final",
    "Flag",
    "ForeignKeyConstraint",
    "Guard",
    "INTEGER",
    "Identity",
    "IfMatchDep",
    "IfNoneMatchDep",
    "Index",
    "Instant",
    "InstantColumn",
    "Issuer",
    "Iterator",
    "JsonColumn",
    "Kind",
    "Listing",
    "Mapping",
    "MaybeCallerDep",
    "Missing",
    "Moment",
    "NoInput",
    "NoNul",
    "Option",
    "Page",
    "Path",
    "Person",
    "PlainText",
    "Problem",
    "Query",
    "QueryModel",
    "Real",
    "Request",
    "Response",
    "RootModel",
    "SQLModel",
    "Sequence",
    "Session",
    "SessionDep",
    "Settings",
    "SLUG_PATTERN",
    "SortField",
    "StrEnum",
    "StrictBool",
    "StrictRoute",
    "StringConstraints",
    "TEXT",
    "Tags",
    "TestClient",
    "TextsColumn",
    "Theirs",
    "TimeColumn",
    "TokenRoute",
    "UUID",
    "UniqueConstraint",
    "Url",
    "Uuid",
    "UuidColumn",
    "Values",
    "Warning",
    "Whole",
    "WithJsonSchema",
    "Words",
];

/// The class of an entity's rows: its name in the design, with `Row` behind it where another class is called so.
pub(crate) fn class(model: &Model, entity: EntityId) -> String {
    unlike(&model.design.entities[entity].name, "Row")
}

/// The class of a schema: that of an item says that it is what everybody sees, and not the row.
pub(crate) fn schema(model: &Model, schema: SchemaId) -> String {
    let schema = &model.http.schemas[schema];
    match schema.kind {
        SchemaKind::Item(_) => format!("{}Public", schema.name),
        _ => unlike(&schema.name, "Model"),
    }
}

/// The class of the query of a route: `ListTasksQuery`.
pub(crate) fn query(route: &Route) -> String {
    format!("{}Query", pascal(&route.operation_id))
}

/// The class of the values of a named filter: `ListTasksState`.
pub(crate) fn option(route: &Route, filter: &str) -> String {
    format!("{}{}", pascal(&route.operation_id), pascal(filter))
}

fn unlike(name: &str, suffix: &str) -> String {
    let suffix = if CLASSES.contains(&name) { suffix } else { "" };
    format!("{name}{suffix}")
}

/// The attribute of a field, in rows and in schemas.
pub(crate) fn field(model: &Model, entity: EntityId, field: FieldId) -> String {
    attribute(&model.design.entities[entity].fields[field].wire)
}

/// The class of an enum.
pub(crate) fn enumeration(model: &Model, of: EnumId) -> String {
    unlike(&model.design.enums[of].name, "Enum")
}

/// A member of an enum's class: `ARCHIVED`.
pub(crate) fn variant(model: &Model, of: EnumId, variant: VariantId) -> String {
    let names = model.design.enums[of].variants.iter();
    member(
        names.map(|variant| variant.name.as_str()),
        groma_ir::Id::index(variant),
    )
}

/// What one of some names is called as a member of an enum's class. Of several that differ in case alone, those behind the
/// first get a `_`.
pub(crate) fn member<'n>(names: impl Iterator<Item = &'n str>, at: usize) -> String {
    let plain = |name: &str| snake(name).trim_matches('_').to_uppercase();
    let names: Vec<String> = names.take(at + 1).map(plain).collect();
    let Some((last, before)) = names.split_last() else {
        return String::new();
    };
    let alike = before.iter().filter(|name| *name == last).count();
    format!("{last}{}", "_".repeat(alike))
}

/// A name for a type of our own beside classes of the design: with a word behind it where one is called so.
pub(crate) fn alias(model: &Model, name: String, word: &str) -> String {
    let is_class = CLASSES.contains(&name.as_str())
        || model
            .design
            .entities
            .ids()
            .any(|entity| class(model, entity) == name)
        || model.design.enums.ids().any(|of| enumeration(model, of) == name)
        || model.http.schemas.ids().any(|of| schema(model, of) == name);
    if is_class { name + word } else { name }
}
