//! The ways from a row to others, as statements: aliases for the rows, and what joins them.

use groma_ir::access::Pred;
use groma_ir::design::{EntityId, FieldId, LinkKind, Path, Row};

use super::pred::{Rows, Writer};
use crate::names;
use crate::python::{Block, Doc};

pub(super) fn is_caller(writer: &mut Writer<'_, '_>, body: &mut Block, path: &Path) {
    let Some((last, way)) = path.steps.split_last() else {
        return;
    };
    if way.is_empty() {
        let column = writer.column(Row::This, *last);
        body.statement("return ", &Doc::join([column, Doc::text(" == caller.id")]), "");
        return;
    }
    let (end, name, mut all) = reached(writer, body, way);
    let attribute = names::field(writer.cx.model, end, *last);
    all.push(Doc::text(format!("column({name}.{attribute}) == caller.id")));
    returns(writer, body, all);
}

pub(super) fn linked(writer: &mut Writer<'_, '_>, body: &mut Block, path: &Path, link: EntityId) {
    let model = writer.cx.model;
    let Some(tie) = &model.design.entities[link].link else {
        return;
    };
    // The key of the row that the tie is about.
    let (mut all, key) = match path.steps.split_last() {
        None => {
            let key = model.tables.of(writer.rows.entity).key;
            (
                Vec::new(),
                format!(
                    "{}.{}",
                    writer.rows.this,
                    names::field(model, writer.rows.entity, key)
                ),
            )
        }
        Some((last, [])) => {
            let attribute = names::field(model, writer.rows.entity, *last);
            (Vec::new(), format!("{}.{attribute}", writer.rows.this))
        }
        Some((last, way)) => {
            let (end, name, all) = reached(writer, body, way);
            (all, format!("{name}.{}", names::field(model, end, *last)))
        }
    };
    let name = free(tie_name(tie.kind), &writer.rows.this);
    alias(writer, body, &name, link);
    let column = |field: FieldId| format!("column({name}.{})", names::field(model, link, field));
    all.push(Doc::text(format!("{} == {key}", column(tie.parent))));
    all.push(Doc::text(format!("{} == caller.id", column(tie.user))));
    all.push(Doc::text(format!("{}.in_(levels)", column(tie.level))));
    returns(writer, body, all);
}

fn tie_name(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Shares => "share",
        LinkKind::Members => "member",
    }
}

pub(super) fn exists(
    writer: &mut Writer<'_, '_>,
    body: &mut Block,
    (path, target): (&Path, EntityId),
    (function, pred): (Option<String>, &Pred),
) {
    let (_, name, mut all) = reached(writer, body, &path.steps);
    if let Some(function) = function {
        let asked = if target == writer.helpers.home {
            function
        } else {
            let module = writer.cx.package(target);
            let alias = format!("{}_access", module.one);
            writer
                .imports
                .alias(&format!("app.{}", module.name), "access", &alias);
            format!("{alias}.{function}")
        };
        let caller = writer.cx.caller();
        all.push(Doc::call(asked, [Doc::text(name)].into_iter().chain(caller)));
    } else {
        let outer = std::mem::replace(
            &mut writer.rows,
            Rows {
                entity: target,
                this: name.clone(),
                new: name,
            },
        );
        match pred {
            Pred::All(parts) => all.extend(parts.iter().map(|part| writer.pred(part))),
            other => all.push(writer.pred(other)),
        }
        writer.rows = outer;
    }
    returns(writer, body, all);
}

/// Aliases for the rows along a chain of references: the entity and the name of the last one, and what joins them.
fn reached(writer: &mut Writer<'_, '_>, body: &mut Block, way: &[FieldId]) -> (EntityId, String, Vec<Doc>) {
    let model = writer.cx.model;
    let (mut entity, mut name) = (writer.rows.entity, writer.rows.this.clone());
    let mut taken = vec![name.clone()];
    let mut all = Vec::new();
    writer.imports.name("app.core.db", "column");
    for step in way {
        let Some(target) = model.design.entities[entity].fields[*step].ty.target() else {
            break;
        };
        let mut next = writer.cx.row_name(target);
        while taken.contains(&next) {
            next = format!("other_{next}");
        }
        taken.push(next.clone());
        alias(writer, body, &next, target);
        let key = names::field(model, target, model.tables.of(target).key);
        let reference = names::field(model, entity, *step);
        all.push(Doc::text(format!("column({next}.{key}) == {name}.{reference}")));
        (entity, name) = (target, next);
    }
    (entity, name, all)
}

fn free(name: &str, taken: &str) -> String {
    if name == taken {
        format!("other_{name}")
    } else {
        name.to_owned()
    }
}

fn alias(writer: &mut Writer<'_, '_>, body: &mut Block, name: &str, entity: EntityId) {
    let class = writer.class(entity);
    writer.imports.name("sqlalchemy.orm", "aliased");
    writer.imports.name("app.core.db", "column");
    body.line(&format!("{name} = aliased({class})"));
}

fn returns(writer: &mut Writer<'_, '_>, body: &mut Block, all: Vec<Doc>) {
    writer.imports.name("sqlalchemy", "exists");
    body.statement("return ", &Doc::call("exists().where", all), "");
}
