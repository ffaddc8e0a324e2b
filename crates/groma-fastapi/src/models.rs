//! `models.py`: the enums and the table of an entity.
//!
//! Constraints are those that `groma-sql` spells, so that a database is the same whichever runtime made it.

use groma_ir::design::{Default, EnumId, Field, Generated, Type, Value};
use groma_ir::scalar::StorageClass;
use groma_ir::tables::{Column, Table};

use crate::constraints::{self, Classes, Unhidden};
use crate::cx::{Cx, Package};
use crate::names;
use crate::python::{Block, Doc, Imports, Module, string};
use crate::types::Types;
use crate::words;

/// The module; none where there is neither a table nor an enum.
pub(crate) fn write(cx: &Cx<'_>, package: &Package) -> Option<String> {
    let table = cx.table(package.entity);
    if package.enums.is_empty() && !table.present {
        return None;
    }
    let rows = names::capital(&words::rows(cx, package.entity));
    let mut module = Module::new(format!("{rows}. {}", cx.reference_of(package.entity)));
    for of in &package.enums {
        let block = enumeration(cx, &mut module.imports, *of);
        module.push(block);
    }
    if table.present {
        let block = class(cx, &mut module.imports, table);
        module.push(block);
    }
    Some(module.text())
}

fn enumeration(cx: &Cx<'_>, imports: &mut Imports, of: EnumId) -> Block {
    let declared = &cx.model.design.enums[of];
    let mut block = Block::new();
    let base = imports.name("enum", "StrEnum");
    block.line(&format!("class {}({base}):", names::enumeration(cx.model, of)));
    let doc = words::of_enum(cx, of);
    block.inner(|block| {
        block.doc(&doc).line("");
        for (id, variant) in declared.variants.entries() {
            block.comment(variant.doc.as_deref().unwrap_or_default());
            let name = names::variant(cx.model, of, id);
            block.line(&format!("{name} = {}", string(&variant.name)));
        }
    });
    block
}

fn class(cx: &Cx<'_>, imports: &mut Imports, table: &Table) -> Block {
    let entity = &cx.model.design.entities[table.entity];
    let mut block = Block::new();
    let base = imports.name("sqlmodel", "SQLModel");
    block.line(&format!(
        "class {}({base}, table=True):",
        names::class(cx.model, table.entity)
    ));
    let doc = words::of_row(cx, table.entity);
    let members: Vec<String> = entity
        .fields
        .ids()
        .map(|field| names::field(cx.model, table.entity, field))
        .collect();
    let types = Types::new(cx, cx.package(table.entity).module("models"), &members);
    block.inner(|block| {
        block.doc(&doc).line("");
        block.line(&format!("__tablename__ = {}", string(&table.name)));
        let mut classes = Unhidden {
            imports: &mut *imports,
            members: &members,
        };
        let arguments = constraints::arguments(cx, &mut classes, table);
        block.statement("__table_args__ = ", &arguments, "").line("");
        for (id, field) in entity.fields.entries() {
            let name = names::field(cx.model, table.entity, id);
            let column = table.column(id);
            // What the column's comment does not hold.
            let doc = field.doc.as_deref().unwrap_or_default();
            if comment(cx, table, column) != Some(doc) {
                block.comment(doc);
            }
            let optional = if column.nullable { " | None" } else { "" };
            let ty = python_type(&types, imports, field, column);
            let default = server_default(
                cx,
                &mut Unhidden {
                    imports: &mut *imports,
                    members: &members,
                },
                column,
            );
            let value = column_of(&types, imports, (cx, table, column), (&name, default));
            block.statement(&format!("{name}: {ty}{optional} = "), &value, "");
        }
    });
    block
}

/// What a column holds, in Python.
fn python_type(types: &Types<'_, '_>, imports: &mut Imports, field: &Field, column: &Column) -> String {
    match (&field.ty, column.variants) {
        (Type::List(_), _) => types.stored(imports, &field.ty),
        (_, Some(of)) => types.enumeration(imports, of),
        (_, None) => types.kept(imports, column.class),
    }
}

/// `Field(...)`: how a column is kept.
fn column_of(
    types: &Types<'_, '_>,
    imports: &mut Imports,
    (cx, table, column): (&Cx<'_>, &Table, &Column),
    (name, default): (&str, Option<Doc>),
) -> Doc {
    let field = &cx.model.design.entities[table.entity].fields[column.field];
    let mut arguments = Vec::new();
    let is_counted = column.generated == Some(Generated::Identity);
    if is_counted {
        arguments.push(Doc::named("default", "None"));
    }
    if column.field == table.key {
        arguments.push(Doc::named("primary_key", "True"));
    }
    let ty = column_type(types, imports, &field.ty, column);
    arguments.push(Doc::named("sa_type", ty));
    if is_counted {
        let identity = imports.name("sqlalchemy", "Identity");
        arguments.push(Doc::named("sa_column_args", Doc::list([Doc::call(identity, [])])));
    }
    let mut keywords = Vec::new();
    if column.name != name {
        keywords.push((String::from("\"name\""), Doc::text(string(&column.name))));
    }
    if let Some(default) = default {
        keywords.push((String::from("\"server_default\""), default));
    }
    if let Some(comment) = comment(cx, table, column) {
        keywords.push((String::from("\"comment\""), Doc::text(string(comment))));
    }
    if !keywords.is_empty() {
        arguments.push(Doc::named("sa_column_kwargs", Doc::dict(keywords)));
    }
    Doc::call(imports.name("sqlmodel", "Field"), arguments)
}

/// What the database keeps about a column.
fn comment<'c>(cx: &'c Cx<'_>, table: &Table, column: &Column) -> Option<&'c str> {
    let table = cx.postgres.table(&table.name).filter(|_| table.managed)?;
    table.column(&column.name)?.comment.as_deref()
}

/// The type of a column for `SQLAlchemy`.
fn column_type(types: &Types<'_, '_>, imports: &mut Imports, ty: &Type, column: &Column) -> Doc {
    let mut name = |name: &'static str| imports.name("app.core.columns", name);
    match column.class {
        StorageClass::Text => match column.variants {
            Some(of) => {
                let column = name("EnumColumn");
                Doc::call(column, [Doc::text(types.enumeration(imports, of))])
            }
            None => name("TEXT").into(),
        },
        StorageClass::Int => name("INTEGER").into(),
        StorageClass::Float => name("DOUBLE").into(),
        StorageClass::Bool => name("BoolColumn").into(),
        StorageClass::Decimal { precision, scale } => {
            let digits = [precision, scale].map(|digits| Doc::text(digits.to_string()));
            Doc::call(name("DecimalColumn"), digits)
        }
        StorageClass::Uuid => name("UuidColumn").into(),
        StorageClass::Date => name("DateColumn").into(),
        StorageClass::Time => name("TimeColumn").into(),
        StorageClass::Timestamp => name("InstantColumn").into(),
        StorageClass::Json if holds_texts(ty) => name("TextsColumn").into(),
        StorageClass::Json => name("JsonColumn").into(),
    }
}

/// Whether it is a list of what JSON knows as text alone.
fn holds_texts(ty: &Type) -> bool {
    let Type::List(list) = ty else { return false };
    match &list.item {
        Type::Scalar(scalar) => matches!(
            scalar.storage(),
            StorageClass::Date
                | StorageClass::Time
                | StorageClass::Timestamp
                | StorageClass::Uuid
                | StorageClass::Decimal { .. }
        ),
        Type::Enum(_) | Type::Reference(_) | Type::List(_) => false,
    }
}

/// What a statement that leaves a column out gets. Text is quoted by whoever writes the table; the rest is SQL.
pub(crate) fn server_default(cx: &Cx<'_>, classes: &mut impl Classes, column: &Column) -> Option<Doc> {
    let Some(Default::Value(value)) = &column.default else {
        return None;
    };
    // A decimal is a whole number of units on SQLite, so that no one text is right on both databases.
    if matches!(column.class, StorageClass::Decimal { .. }) {
        return None;
    }
    let mut sql = |text: String| Doc::call(classes.class("text"), [Doc::text(string(&text))]);
    Some(match value {
        Value::None => return None,
        Value::Bool(value) => sql(value.to_string().to_uppercase()),
        Value::Int(value) => sql(value.to_string()),
        Value::Float(value) => sql(format!("{value:?}")),
        Value::Text(text) => Doc::text(string(text)),
        Value::Variant(of, variant) => Doc::text(string(cx.model.design.variant_name(*of, *variant))),
        Value::List(_) => Doc::text(string(&crate::values::json(cx.model, value))),
    })
}
