//! Tables of members: of an item, of a body, of an answer.

use groma_ir::design::{Default, Entity, EntityId, FieldId, Generated, Mode, WriteBy};
use groma_ir::http::{Group, Member, MemberKind, Operation, Schema, SchemaId, SchemaKind};
use groma_ir::spelling::capital;
use groma_ir::words;

use super::{Cx, links, types};
use crate::markdown::{Table, code, one_line, sentence};

/// The members of an item, and who sets each.
pub(super) fn item(cx: &Cx<'_>, group: &Group) -> Table {
    let mut table = Table::new(["Member", "Type", "Set by", "Description"]);
    let schema = &cx.model.http.schemas[group.item];
    let SchemaKind::Item(members) = &schema.kind else {
        return table;
    };
    for member in members {
        let set_by = match &member.kind {
            MemberKind::Field(field, _) => set_by(cx, group, *field),
            _ => String::from("`include`"),
        };
        table.row([
            code(&member.name),
            member_type(cx, member),
            set_by,
            description(cx, schema, member),
        ]);
    }
    for field in cx.model.design.entities[group.entity]
        .fields
        .iter()
        .filter(|field| field.mode == Mode::WriteOnly)
    {
        let about = field.doc.as_deref().map(sentence).unwrap_or_default();
        table.row([
            code(&field.wire),
            types::words(cx, &field.ty, field.optional),
            String::from("the caller"),
            format!("{about} Taken, never answered.").trim().to_owned(),
        ]);
    }
    table
}

/// The members of a body.
pub(super) fn body(cx: &Cx<'_>, schema: SchemaId) -> Table {
    let schema = &cx.model.http.schemas[schema];
    match &schema.kind {
        SchemaKind::Patch(members) => {
            let mut table = Table::new(["Member", "Type", "When null", "Description"]);
            for member in members {
                let null = if member.nullable { "cleared" } else { "refused" };
                table.row([
                    code(&member.name),
                    member_type(cx, member),
                    null.to_owned(),
                    description(cx, schema, member),
                ]);
            }
            table
        }
        SchemaKind::Input(members) => {
            let mut table = Table::new(["Member", "Type", "When left out", "Description"]);
            for member in members {
                table.row([
                    code(&member.name),
                    member_type(cx, member),
                    left_out(cx, member),
                    description(cx, schema, member),
                ]);
            }
            table
        }
        SchemaKind::Item(_)
        | SchemaKind::Page { .. }
        | SchemaKind::Array(_)
        | SchemaKind::Report(_)
        | SchemaKind::Problem
        | SchemaKind::ValidationProblem => Table::new(["Member"]),
    }
}

/// The members of a page or a report.
pub(super) fn answer(cx: &Cx<'_>, schema: SchemaId, objects: &str) -> Table {
    let schema = &cx.model.http.schemas[schema];
    let mut table = Table::new(["Member", "Type", "Description"]);
    match &schema.kind {
        SchemaKind::Page { items, cursor, .. } => {
            table.row([
                code(items),
                format!("array of {objects}"),
                String::from("The items of this page."),
            ]);
            if *cursor {
                table.row([
                    code("next_cursor"),
                    String::from("string or null"),
                    String::from("What `cursor` takes for the next page; null on the last one."),
                ]);
            } else {
                table.row([
                    code("limit"),
                    String::from("integer"),
                    String::from("The most items of a page."),
                ]);
                table.row([
                    code("offset"),
                    String::from("integer"),
                    String::from("How many items were passed over."),
                ]);
            }
            table.row([
                code("total"),
                String::from("integer"),
                String::from("How many items all pages have; only with `count=true`."),
            ]);
        }
        SchemaKind::Report(members) => {
            for member in members {
                table.row([
                    code(&member.name),
                    member_type(cx, member),
                    description(cx, schema, member),
                ]);
            }
        }
        SchemaKind::Item(_)
        | SchemaKind::Input(_)
        | SchemaKind::Patch(_)
        | SchemaKind::Array(_)
        | SchemaKind::Problem
        | SchemaKind::ValidationProblem => {}
    }
    table
}

fn member_type(cx: &Cx<'_>, member: &Member) -> String {
    match &member.kind {
        MemberKind::Field(_, ty) | MemberKind::Input(_, ty) | MemberKind::Measure(_, ty) => {
            types::words(cx, ty, member.nullable)
        }
        MemberKind::Embedded(_, item) => match cx.model.http.schemas[*item].entity {
            Some(entity) if !is_ever_read(cx, Some(entity)) => {
                format!("null: nobody may read {}", links::entity(cx, entity))
            }
            Some(entity) => format!("{} or null", links::entity(cx, entity)),
            None => String::from("object or null"),
        },
        MemberKind::PerVariant(_, of, ty) => {
            let names = cx.model.design.enums[*of]
                .variants
                .iter()
                .map(|variant| code(&variant.name));
            format!(
                "object: {} for each of {}",
                types::words(cx, ty, member.nullable),
                words::list(names, "and")
            )
        }
        MemberKind::PerBool(_, ty) => {
            format!(
                "object: {} for each of `true` and `false`",
                types::words(cx, ty, member.nullable)
            )
        }
    }
}

/// Who gives a field its value.
fn set_by(cx: &Cx<'_>, group: &Group, id: FieldId) -> String {
    let entity = &cx.model.design.entities[group.entity];
    let field = &entity.fields[id];
    let by = cx.model.design.resources[group.resource].by;
    let verbs = cx.model.http.routes_of(group).filter_map(|route| {
        let is_set = match route.operation {
            Operation::Action(action) => {
                let action = &entity.actions[action];
                action.moves.as_ref().is_some_and(|moves| moves.field == id)
                    || action.sets.iter().any(|(set, _)| *set == id)
            }
            _ => route.writes.contains(&id) || route.made.is_some() && by == id,
        };
        is_set.then(|| code(operation_name(entity, route.operation)))
    });
    let all: Vec<String> = verbs.collect();
    let resource = &cx.model.design.resources[group.resource];
    let is_in_path = cx.model.design.said_by_path(resource).contains(&id);
    if is_in_path && resource.create.is_some() {
        return String::from("`create`, from the path");
    }
    match (all.is_empty(), &field.default, field.generated) {
        (false, ..) => all.join(", "),
        (true, Some(Default::Caller), _) => String::from("the server: the caller"),
        (true, _, Some(Generated::Uuid7 | Generated::Identity)) => String::from("the server, once"),
        (true, ..) if field.touch => String::from("the server, at every write"),
        (true, Some(Default::Now { .. }), _) => String::from("the server, once"),
        (true, ..) if field.write == WriteBy::Server => String::from("the server"),
        (true, ..) => String::from("nobody here"),
    }
}

/// The name of an operation in the design: `replace`, `complete`.
fn operation_name(entity: &Entity, operation: Operation) -> &str {
    match operation {
        Operation::List => "list",
        Operation::Create => "create",
        Operation::Get => "read",
        Operation::Update => "update",
        Operation::Replace => "replace",
        Operation::Delete => "delete",
        Operation::Action(action) => &entity.actions[action].name,
        Operation::Report(_) => "report",
    }
}

fn left_out(cx: &Cx<'_>, member: &Member) -> String {
    match &member.default {
        _ if member.required => String::from("**required**"),
        Some(default) => words::default(&cx.model.design, default),
        None => String::from("`null`"),
    }
}

fn description(cx: &Cx<'_>, schema: &Schema, member: &Member) -> String {
    if let Some(doc) = &member.doc {
        return sentence(doc);
    }
    let declared = match (&member.kind, schema.entity) {
        (MemberKind::Field(field, _), Some(entity)) => known(cx, entity, *field),
        (
            MemberKind::Measure(index, _) | MemberKind::PerVariant(index, ..) | MemberKind::PerBool(index, _),
            Some(entity),
        ) => measure(cx, schema, entity, *index),
        _ => None,
    };
    declared.unwrap_or_default()
}

/// What is known of a field that its author did not describe.
fn known(cx: &Cx<'_>, entity: EntityId, id: FieldId) -> Option<String> {
    let declared = &cx.model.design.entities[entity];
    let field = &declared.fields[id];
    let text = match () {
        () if id == declared.key => format!("Identifies the {}.", noun(&declared.name)),
        () if declared.owner == Some(id) => String::from("Who made it, and owns it."),
        () if field.touch => String::from("When it was last changed."),
        () if field.wire == "created_at" => String::from("When it was made."),
        () => return None,
    };
    Some(text)
}

fn measure(cx: &Cx<'_>, schema: &Schema, entity: EntityId, index: usize) -> Option<String> {
    use groma_ir::design::Aggregate;
    let design = &cx.model.design;
    let mut reports = cx
        .model
        .http
        .routes
        .iter()
        .filter_map(|route| match route.operation {
            Operation::Report(report) => {
                let body = &cx.model.http.schemas[route.success.body?];
                (body.name == schema.name).then(|| &design.resources[route.resource].reports[report])
            }
            _ => None,
        });
    let measure = reports.next()?.measures.get(index)?;
    let fields = &design.entities[entity].fields;
    let of = |field: &FieldId| code(&fields[*field].wire);
    let what = match &measure.aggregate {
        Aggregate::Count => String::from("how many"),
        Aggregate::Sum(field) => format!("the sum of {}", of(field)),
        Aggregate::Avg(field) => format!("the mean of {}", of(field)),
        Aggregate::Min(field) => format!("the least {}", of(field)),
        Aggregate::Max(field) => format!("the greatest {}", of(field)),
    };
    let per = measure
        .per
        .map(|field| format!(", for each {}", of(&field)))
        .unwrap_or_default();
    let when = measure
        .when
        .as_ref()
        .map(|when| format!(", where {}", words::cond(design, entity, when)));
    Some(format!(
        "{}.",
        one_line(&capital(&format!("{what}{per}{}", when.unwrap_or_default())))
    ))
}

/// Whether some caller may read rows of the entity that a reference leads to.
pub(super) fn is_ever_read(cx: &Cx<'_>, entity: Option<EntityId>) -> bool {
    entity.is_none_or(|entity| {
        let rule = &cx.model.access.of(entity).read;
        groma_ir::access::least(&cx.model.design, &[rule]).is_some()
    })
}

/// `WorkOrder` as `work order`.
pub(super) fn noun(name: &str) -> String {
    let mut noun = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 {
            noun.push(' ');
        }
        noun.extend(if c == '_' {
            ' '.to_lowercase()
        } else {
            c.to_lowercase()
        });
    }
    noun
}
