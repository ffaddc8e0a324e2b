//! What a route may be asked for in its query: a class a route, in `schemas.py`.

use groma_ir::http::{Operation, Operator, Param, ParamKind, Route};

use crate::names;
use crate::python::{Block, Doc, string};
use crate::schemas::{Writer, opens_default};
use crate::types::{annotated, grouped};
use crate::words;

const QUERY: &str = "app.core.query";

/// Adds the class of a route's query, and those of its named filters. A route without parameters has none.
pub(crate) fn write(writer: &mut Writer<'_, '_>, route: &Route) {
    if route.query.is_empty() {
        return;
    }
    for param in &route.query {
        if let ParamKind::Named { values, .. } = &param.kind {
            let block = options(writer, route, param, values);
            writer.blocks.push(block);
        }
    }
    let asked = match route.operation {
        Operation::List => format!("a list of {}", words::rows(writer.cx, route.entity)),
        _ => words::row(writer.cx, route.entity),
    };
    let doc = format!("What {asked} may be asked for.");
    let base = writer.imports.name(QUERY, "QueryModel").to_owned();
    let mut block = Writer::open(&names::query(route), &base, &doc);
    block.inner(|block| {
        block.line("");
        for param in &route.query {
            self::param(writer, block, route, param);
        }
    });
    writer.blocks.push(block);
}

fn options(writer: &mut Writer<'_, '_>, route: &Route, param: &Param, values: &[String]) -> Block {
    let base = writer.imports.name(QUERY, "Option").to_owned();
    let doc = format!("A named part of the {}.", words::rows(writer.cx, route.entity));
    let mut block = Writer::open(&names::option(route, &param.name), &base, &doc);
    block.inner(|block| {
        block.line("");
        for (at, value) in values.iter().enumerate() {
            let member = names::member(values.iter().map(String::as_str), at);
            block.line(&format!("{member} = {}", string(value)));
        }
    });
    block
}

fn param(writer: &mut Writer<'_, '_>, block: &mut Block, route: &Route, param: &Param) {
    let name = names::attribute(&param.name);
    let (ty, default) = match &param.kind {
        ParamKind::Filter { field, operator, ty } => {
            let name = writer.types.of_field(writer.entity, *field);
            let is_list = matches!(
                writer.cx.model.design.entities[route.entity].fields[*field].ty,
                groma_ir::design::Type::List(_)
            );
            let name = if is_list { format!("{name}Item") } else { name };
            let ty = match operator {
                Operator::Contains | Operator::StartsWith => {
                    writer.imports.name("app.core.types", "PlainText").to_owned()
                }
                _ => writer.types.query(&mut writer.imports, ty, &name),
            };
            (filter(writer, *operator, &ty), "None")
        }
        ParamKind::Named { .. } => {
            let option = names::option(route, &param.name);
            let choice = Doc::call(writer.imports.name(QUERY, "one_of"), [Doc::text(&option)]);
            let ty = Doc::text(format!("{option} | None"));
            (annotated(&mut writer.imports, [ty, choice]), "None")
        }
        ParamKind::Search { .. } => {
            let words = writer.imports.name(QUERY, "Words");
            let said = Doc::named("description", Doc::prose(param.doc.as_str()));
            let said = Doc::call(writer.imports.name("pydantic", "Field"), [said]);
            let parts = [texts(writer), words.into(), said];
            (annotated(&mut writer.imports, parts), "()")
        }
        ParamKind::Sort { fields, default } => {
            let order = listed(writer, "order_of", fields.iter().map(|(name, _)| name));
            let ty = [texts(writer), order];
            let ty = annotated(&mut writer.imports, ty);
            let default = Doc::tuple([Doc::text(string(default))]);
            block.statement(&format!("{name}: "), &Doc::join([ty, " = ".into(), default]), "");
            return;
        }
        ParamKind::Limit { default, max } => {
            let ty = whole(writer, 1, i64::from(*max));
            block.statement(
                &format!("{name}: "),
                &Doc::join([ty, format!(" = {default}").into()]),
                "",
            );
            return;
        }
        ParamKind::Offset => (whole(writer, 0, groma_ir::scalar::SAFE_INT), "0"),
        ParamKind::Cursor => (Doc::text("str | None"), "None"),
        ParamKind::Count => (Doc::text(writer.imports.name(QUERY, "Flag")), "False"),
        ParamKind::Include { references } => {
            let known = listed(writer, "some_of", references.iter().map(|(name, _)| name));
            let ty = [texts(writer), known];
            (annotated(&mut writer.imports, ty), "()")
        }
        ParamKind::Fields { names } => {
            let known = fields(writer, names);
            let ty = [Doc::text("list[str] | None"), known];
            (annotated(&mut writer.imports, ty), "None")
        }
    };
    let ty = if name == param.name {
        ty
    } else {
        let alias = [Doc::named("alias", string(&param.name))];
        let alias = Doc::call(writer.imports.name("pydantic", "Field"), alias);
        match ty {
            Doc::Group {
                open,
                mut items,
                close,
            } if open == "Annotated[" => {
                items.push(alias);
                Doc::Group { open, items, close }
            }
            ty => annotated(&mut writer.imports, [ty, alias]),
        }
    };
    if opens_default(block, &format!("{name}: {}", ty.flat()), default) {
        return;
    }
    let whole = Doc::join([ty, format!(" = {default}").into()]);
    block.statement(&format!("{name}: "), &whole, "");
}

fn filter(writer: &mut Writer<'_, '_>, operator: Operator, ty: &str) -> Doc {
    let several = Doc::text(format!("list[{ty}] | None"));
    match operator {
        Operator::Eq => {
            let marks = ["Values", "REPEATABLE"].map(|name| Doc::text(writer.imports.name(QUERY, name)));
            let [values, repeatable] = marks;
            annotated(&mut writer.imports, [several, values, repeatable])
        }
        Operator::In => {
            let commas = writer.imports.name(QUERY, "Commas").into();
            annotated(&mut writer.imports, [several, commas])
        }
        Operator::Ne
        | Operator::Null
        | Operator::Gt
        | Operator::Gte
        | Operator::Lt
        | Operator::Lte
        | Operator::Contains
        | Operator::StartsWith => Doc::text(format!("{ty} | None")),
    }
}

fn texts(writer: &mut Writer<'_, '_>) -> Doc {
    Doc::text(format!(
        "{}[str]",
        writer.imports.name("collections.abc", "Sequence")
    ))
}

fn whole(writer: &mut Writer<'_, '_>, min: i64, max: i64) -> Doc {
    let bounds = [Doc::named("ge", grouped(min)), Doc::named("le", grouped(max))];
    let field = Doc::call(writer.imports.name("pydantic", "Field"), bounds);
    let digits = writer.imports.name(QUERY, "Digits").into();
    annotated(&mut writer.imports, [Doc::text("int"), field, digits])
}

fn listed<'n>(writer: &mut Writer<'_, '_>, function: &str, names: impl Iterator<Item = &'n String>) -> Doc {
    let names = names.map(|name| Doc::text(string(name)));
    Doc::call(writer.imports.name(QUERY, function), names)
}

/// The names of an item's members, which all routes of an entity share.
fn fields(writer: &mut Writer<'_, '_>, members: &[String]) -> Doc {
    let class = names::class(writer.cx.model, writer.entity);
    let alias = format!("{class}Fields");
    let others = members.iter().filter(|name| names::attribute(name) != **name);
    let others: Vec<(String, Doc)> = others
        .map(|name| (string(name), Doc::text(string(&names::attribute(name)))))
        .collect();
    let known = if others.is_empty() {
        listed(writer, "some_of", members.iter())
    } else {
        let parts = members.iter().map(|name| Doc::text(string(name)));
        let function = writer.imports.name(QUERY, "attributes");
        Doc::call(function, std::iter::once(Doc::dict(others)).chain(parts))
    };
    writer.types.alias(&alias, known);
    Doc::text(alias)
}
