//! `tests/rows.py`: a function for each kind of row, which makes one of somebody else's, as plain as can be.

use std::collections::BTreeSet;

use groma_ir::Id;
use groma_ir::design::{Default, EntityId, FieldId, Generated, Type};
use groma_ir::scalar::Scalar;

use crate::access::now;
use crate::cx::Cx;
use crate::literals;
use crate::names;
use crate::people;
use crate::python::{Block, Doc, Imports, Module, string};
use crate::resource_tests::samples;
use crate::words;

/// The constant that holds the key of the row that the function of an entity makes.
pub(crate) fn key_of(cx: &Cx<'_>, entity: EntityId) -> String {
    format!("{}_KEY", cx.package(entity).one.to_uppercase())
}

/// That of a second one.
pub(crate) fn other_key_of(cx: &Cx<'_>, entity: EntityId) -> String {
    format!("OTHER_{}", key_of(cx, entity))
}

/// The function that makes a row of an entity.
pub(crate) fn builder(cx: &Cx<'_>, entity: EntityId) -> String {
    format!("make_{}", cx.package(entity).one)
}

/// A key as a literal, and another one. None where it is of a type of which that is not known.
fn keys(cx: &Cx<'_>, imports: &mut Imports, entity: EntityId) -> Option<[String; 2]> {
    let declared = &cx.model.design.entities[entity];
    let place = 2 * entity.index() + 1;
    let ty = samples::plain(cx.model, &declared.fields[declared.key].ty);
    Some(match ty {
        Type::Scalar(Scalar::Uuid) => {
            imports.name("uuid", "UUID");
            [place, place + 1].map(|number| format!("UUID(int={number})"))
        }
        Type::Scalar(Scalar::Int(_)) => [place, place + 1].map(|number| number.to_string()),
        Type::Scalar(_) => {
            let other = another(cx, ty)?;
            [samples::stored(cx, imports, ty)?, other]
        }
        Type::Enum(_) | Type::List(_) | Type::Reference(_) => return None,
    })
}

/// A second text that fits a type, for values that no two rows share.
pub(super) fn another(cx: &Cx<'_>, ty: &Type) -> Option<String> {
    match samples::plain(cx.model, ty) {
        Type::Scalar(Scalar::Email) => Some(string("erin@example.com")),
        Type::Scalar(Scalar::Secret(length)) => Some(format!("\"b\" * {length}")),
        Type::Scalar(Scalar::Slug { min, max }) if (*min..=*max).contains(&11) => Some(string("other-words")),
        Type::Scalar(Scalar::Text(text))
            if text.pattern.is_none() && text.min <= 11 && text.max.is_none_or(|max| max >= 11) =>
        {
            Some(string("other words"))
        }
        _ => None,
    }
}

/// What a field of such a row holds.
pub(crate) fn usual(cx: &Cx<'_>, imports: &mut Imports, entity: EntityId, id: FieldId) -> Option<Doc> {
    let declared = &cx.model.design.entities[entity];
    let field = &declared.fields[id];
    if id == declared.key {
        return Some(Doc::text(key_of(cx, entity)));
    }
    if field.generated == Some(Generated::Uuid7) {
        imports.name("app.core.db", "new_id");
        return Some(Doc::text("new_id()"));
    }
    if field.touch {
        imports.name("app.core.db", "now");
        return Some(Doc::text("now()"));
    }
    match &field.default {
        Some(Default::Now { offset }) if matches!(field.ty, Type::Scalar(Scalar::DateTime)) => {
            return Some(now(imports, *offset));
        }
        Some(Default::Value(value)) => {
            return Some(literals::literal(cx, imports, Some(&field.ty), value));
        }
        Some(Default::Now { .. } | Default::Caller) | None => {}
    }
    if field.optional {
        return Some(Doc::text("None"));
    }
    match field.ty.target() {
        Some(target) if cx.is_there_in_tests(target) => Some(Doc::text(key_of(cx, target))),
        Some(target) if Some(target) == cx.model.design.caller_entity() => Some(Doc::text("CAROL")),
        Some(_) | None => samples::stored(cx, imports, &field.ty).map(Doc::text),
    }
}

/// The entities whose rows can be made: all that a test needs of them is known.
pub(crate) fn known(cx: &Cx<'_>) -> BTreeSet<EntityId> {
    let is_known = |entity: &EntityId| {
        let mut scratch = Imports::default();
        let mut fields = cx.model.design.entities[*entity].fields.ids();
        cx.is_there_in_tests(*entity)
            && keys(cx, &mut scratch, *entity).is_some()
            && fields.all(|id| {
                // A row is not made by such a name.
                names::field(cx.model, *entity, id) != "cls" && usual(cx, &mut scratch, *entity, id).is_some()
            })
    };
    let mut known: BTreeSet<EntityId> = cx.model.design.entities.ids().filter(is_known).collect();
    // What a row must refer to can be made, too.
    while let Some(lost) = known.iter().copied().find(|entity| {
        let mut fields = cx.model.design.entities[*entity].fields.iter();
        fields.any(|field| {
            let target = field.ty.target().filter(|target| cx.is_there_in_tests(*target));
            !field.optional && target.is_some_and(|target| !known.contains(&target))
        })
    }) {
        known.remove(&lost);
    }
    known
}

/// The module.
pub(crate) fn write(cx: &Cx<'_>, used: &BTreeSet<EntityId>) -> String {
    let mut module = Module::new(
        "Rows for tests: each is somebody else's and as plain as can be, but for what a test says of it.",
    );
    for (from, name) in [
        ("collections.abc", "Sequence"),
        ("typing", "Any"),
        ("fastapi.testclient", "TestClient"),
        ("sqlmodel", "SQLModel"),
        ("tests.conftest", "Person"),
        ("tests.conftest", "add"),
    ] {
        module.imports.name(from, name);
    }
    let mut constants = Block::new();
    let has_callers = cx.model.design.auth.is_some();
    if has_callers {
        module.imports.name("collections.abc", "Mapping");
        module.imports.name("tests.conftest", "Issuer");
        constants.comment("Who calls, and whose rows are when a test does not say so.");
        for (constant, name) in [("ALICE", "alice"), ("CAROL", "carol")] {
            constants.line(&format!(
                "{constant} = {}",
                people::key(cx, &mut module.imports, name)
            ));
        }
    }
    for entity in used {
        if let Some([key, other]) = keys(cx, &mut module.imports, *entity) {
            constants.line(&format!("{} = {key}", key_of(cx, *entity)));
            constants.line(&format!("{} = {other}", other_key_of(cx, *entity)));
        }
    }
    module.constant(constants);
    let mut block = Block::new();
    block.lines(SET);
    module.push(block);
    for entity in used {
        let block = function(cx, &mut module.imports, *entity);
        module.push(block);
    }
    let mut block = Block::new();
    block.lines(if has_callers { CALLS } else { ANYBODY });
    module.push(block);
    module.text()
}

const ANYBODY: &str = r#"
def calls(client: TestClient, rows: Sequence[SQLModel]) -> Person:
    """Somebody, where there are these rows."""
    add(client, *(type(row)(**row.model_dump()) for row in rows))
    return Person(client)
"#;

const SET: &str = r#"
class Something:
    """Is equal to whatever is there: a key, a time, what else nobody can foretell."""

    def __eq__(self, other: object) -> bool:
        return other is not None

    def __repr__(self) -> str:
        return "SET"


SET = Something()
"#;

const CALLS: &str = r#"
def calls(
    client: TestClient,
    issuer: Issuer,
    claims: Mapping[str, Any] | None,
    rows: Sequence[SQLModel],
) -> Person:
    """Alice, where there are these rows; `None` is that she has no token."""
    add(client, *(type(row)(**row.model_dump()) for row in rows))
    return Person(client, None if claims is None else issuer.token("alice", **claims))
"#;

fn function(cx: &Cx<'_>, imports: &mut Imports, entity: EntityId) -> Block {
    let class = names::class(cx.model, entity);
    imports.name(&cx.package(entity).module("models"), &class);
    let fields = cx.model.design.entities[entity].fields.ids();
    let pairs: Vec<(String, Doc)> = fields
        .filter_map(|id| {
            let name = names::field(cx.model, entity, id);
            Some((string(&name), usual(cx, imports, entity, id)?))
        })
        .collect();
    let mut block = Block::new();
    block.line(&format!("def {}(**values: Any) -> {class}:", builder(cx, entity)));
    block.inner(|body| {
        body.doc(&format!("{}.", names::capital(&words::row(cx, entity))));
        body.statement("usual: dict[str, Any] = ", &Doc::dict(pairs), "");
        body.line(&format!("return {class}(**(usual | values))"));
    });
    block
}
