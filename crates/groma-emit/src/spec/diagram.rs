//! Mermaid diagrams: entities with their references, and the states of a field.

use groma_ir::design::{Entity, EntityId, Field, FieldId, Mode, States, Type};

use super::Cx;
use crate::literal;

/// The entities and their references.
pub(super) fn entities(cx: &Cx<'_>) -> String {
    let design = &cx.model.design;
    let mut lines = vec![String::from("erDiagram")];
    for (id, entity) in design.entities.entries() {
        lines.extend(references(cx, id, entity));
    }
    for entity in &design.entities {
        lines.push(format!("    {} {{", entity.name));
        let shown = entity
            .fields
            .entries()
            .filter(|(_, field)| field.mode != Mode::Internal);
        lines.extend(shown.map(|(id, field)| format!("        {}", attribute(cx, entity, id, field))));
        lines.push(String::from("    }"));
    }
    lines.join("\n")
}

fn references<'a>(cx: &'a Cx<'_>, id: EntityId, entity: &'a Entity) -> impl Iterator<Item = String> + 'a {
    entity.fields.entries().filter_map(move |(field_id, field)| {
        let target = field.ty.target()?;
        let parent = if field.optional { "|o" } else { "||" };
        let is_single = entity
            .uniques
            .iter()
            .any(|unique| unique.fields == [field_id] && unique.when.is_none());
        let child = if is_single { "o|" } else { "o{" };
        let target = &cx.model.design.entities[target].name;
        let name = &cx.model.design.entities[id].name;
        Some(format!(
            "    {target} {parent}--{child} {name} : \"{}\"",
            field.name
        ))
    })
}

fn attribute(cx: &Cx<'_>, entity: &Entity, id: FieldId, field: &Field) -> String {
    let is_unique = entity
        .uniques
        .iter()
        .any(|unique| unique.fields == [id] && unique.when.is_none());
    let mark = match &field.ty {
        _ if id == entity.key => " PK",
        Type::Reference(_) => " FK",
        _ if is_unique => " UK",
        _ => "",
    };
    let note = if field.optional { " \"optional\"" } else { "" };
    format!("{} {}{mark}{note}", type_name(cx, &field.ty), field.wire)
}

fn type_name(cx: &Cx<'_>, ty: &Type) -> String {
    let design = &cx.model.design;
    match ty {
        Type::Scalar(scalar) => scalar.name().to_owned(),
        Type::Enum(of) => design.enums[*of].name.clone(),
        Type::Reference(_) => match literal::stored(design, ty) {
            Type::Scalar(scalar) => scalar.name().to_owned(),
            Type::Enum(_) | Type::Reference(_) | Type::List(_) => String::from("key"),
        },
        Type::List(list) => format!("{}[]", type_name(cx, &list.item)),
    }
}

/// The states of a field, the moves between them and the actions that make them.
pub(super) fn states(cx: &Cx<'_>, entity: &Entity, states: &States) -> String {
    let variants = &cx.model.design.enums[states.of].variants;
    let mut lines = vec![String::from("stateDiagram-v2")];
    for variant in variants
        .iter()
        .filter(|variant| state(&variant.name) != variant.name)
    {
        lines.push(format!(
            "    state \"{}\" as {}",
            variant.name,
            state(&variant.name)
        ));
    }
    if let Some(first) = first_state(cx, entity, states) {
        lines.push(format!("    [*] --> {}", state(first)));
    }
    for step in &states.transitions {
        let (from, to) = (&variants[step.from].name, &variants[step.to].name);
        let by = step
            .claimed_by
            .map(|action| format!(" : {}", entity.actions[action].name));
        lines.push(format!(
            "    {} --> {}{}",
            state(from),
            state(to),
            by.unwrap_or_default()
        ));
    }
    lines.join("\n")
}

/// The state in which a new row is, when its maker says nothing.
fn first_state<'a>(cx: &'a Cx<'_>, entity: &Entity, states: &States) -> Option<&'a str> {
    use groma_ir::design::{Default, Value};
    match entity.fields[states.field].default {
        Some(Default::Value(Value::Variant(of, variant))) => Some(cx.model.design.variant_name(of, variant)),
        _ => None,
    }
}

/// A name that Mermaid takes as a state: its own words get a line below them.
fn state(name: &str) -> String {
    const WORDS: [&str; 14] = [
        "end",
        "state",
        "note",
        "fork",
        "join",
        "choice",
        "class",
        "default",
        "direction",
        "as",
        "hide",
        "scale",
        "style",
        "click",
    ];
    if WORDS.contains(&name.to_lowercase().as_str()) {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}
