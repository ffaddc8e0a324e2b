//! `schemas.py`: what goes in and out for an entity, and what its lists may be asked for.

use std::collections::BTreeSet;

use groma_ir::design::{EntityId, EnumId, Type};
use groma_ir::http::{Member, MemberKind, Schema, SchemaId, SchemaKind};

use crate::cx::{Cx, Package};
use crate::literals;
use crate::names;
use crate::python::{Block, Doc, Imports, Module, WIDTH, string};
use crate::queries;
use crate::types::{Types, annotated};
use crate::words;

/// A module of schemas under construction.
pub(crate) struct Writer<'c, 'm> {
    pub(crate) cx: &'c Cx<'m>,
    pub(crate) entity: EntityId,
    pub(crate) imports: Imports,
    pub(crate) types: Types<'c, 'm>,
    pub(crate) blocks: Vec<Block>,
    /// The entities whose items embed what embeds them: their modules import each other.
    mutual: BTreeSet<EntityId>,
}

/// The module; none where nothing goes in or out.
pub(crate) fn write(cx: &Cx<'_>, package: &Package) -> Option<String> {
    let schemas: Vec<(SchemaId, &Schema)> = cx.model.http.schemas.entries().collect();
    let own = |schema: &&(SchemaId, &Schema)| schema.1.entity == Some(package.entity);
    let own: Vec<(SchemaId, &Schema)> = schemas.iter().filter(own).copied().collect();
    if own.is_empty() && package.routes.is_empty() {
        return None;
    }
    let members: Vec<String> = own.iter().flat_map(|(_, schema)| member_names(schema)).collect();
    let mut writer = Writer {
        cx,
        entity: package.entity,
        imports: Imports::default(),
        types: Types::new(cx, package.module("schemas"), &members),
        blocks: Vec::new(),
        mutual: BTreeSet::new(),
    };
    for (id, schema) in own {
        writer.schema(id, schema);
    }
    for (_, route) in cx.routes(package) {
        queries::write(&mut writer, route);
    }
    let said = format!(
        "What goes in and out for {}. {}",
        words::rows(cx, package.entity),
        cx.feature(package)
    );
    let mut module = Module::new(said);
    module.imports = writer.imports;
    let types = writer.types.block();
    let mutual = late_imports(cx, &writer.mutual);
    for block in types.into_iter().chain(writer.blocks).chain(mutual) {
        module.push(block);
    }
    Some(module.text())
}

/// Imports behind the classes, of modules that import this one.
fn late_imports(cx: &Cx<'_>, mutual: &BTreeSet<EntityId>) -> Option<Block> {
    let mut imports = Imports::default();
    for entity in mutual {
        let package = cx.package(*entity);
        imports.alias(&format!("app.{}", package.name), "schemas", &late_name(package));
    }
    let mut block = Block::new();
    block.comment("These embed what stands here in turn: they are looked up when an item is first made.");
    for line in imports.text().lines() {
        block.line(&format!("{line}  # noqa: E402"));
    }
    (!mutual.is_empty()).then_some(block)
}

fn late_name(package: &Package) -> String {
    format!("{}_schemas", package.one)
}

/// Whether items of one entity embed those of another, at first or behind others.
fn embeds(cx: &Cx<'_>, from: EntityId, to: EntityId) -> bool {
    let mut known = BTreeSet::new();
    let mut open = vec![from];
    while let Some(entity) = open.pop() {
        if !known.insert(entity) {
            continue;
        }
        for schema in &cx.model.http.schemas {
            let SchemaKind::Item(members) = &schema.kind else {
                continue;
            };
            if schema.entity != Some(entity) {
                continue;
            }
            for member in members {
                if let MemberKind::Embedded(_, of) = member.kind {
                    let target = cx.model.http.schemas[of].entity;
                    if target == Some(to) {
                        return true;
                    }
                    open.extend(target);
                }
            }
        }
    }
    false
}

fn member_names(schema: &Schema) -> Vec<String> {
    match &schema.kind {
        SchemaKind::Item(members)
        | SchemaKind::Input(members)
        | SchemaKind::Patch(members)
        | SchemaKind::Report(members) => members
            .iter()
            .map(|member| names::attribute(&member.name))
            .collect(),
        SchemaKind::Page { .. }
        | SchemaKind::Array(_)
        | SchemaKind::Problem
        | SchemaKind::ValidationProblem => Vec::new(),
    }
}

impl Writer<'_, '_> {
    fn schema(&mut self, id: SchemaId, schema: &Schema) {
        match &schema.kind {
            SchemaKind::Item(members) => self.item(id, schema, members),
            SchemaKind::Input(members) => self.body(id, schema, members, Self::input),
            SchemaKind::Patch(members) => self.body(id, schema, members, Self::patch),
            SchemaKind::Page { items, item, cursor } => {
                let name = names::attribute(items);
                let mut ty = format!("list[{}]", self.class(*item));
                if name != *items {
                    let alias = [Doc::named("alias", string(items))];
                    let alias = Doc::call(self.imports.name("pydantic", "Field"), alias);
                    ty = annotated(&mut self.imports, [Doc::text(ty), alias]).flat();
                }
                let mut lines = vec![format!("{name}: {ty}")];
                lines.extend(if *cursor {
                    vec![String::from("next_cursor: str | None")]
                } else {
                    vec![String::from("limit: int"), String::from("offset: int")]
                });
                let missing = self.imports.name("pydantic", "MISSING");
                lines.push(format!("total: int | {missing} = {missing}"));
                let base = self.imports.name("pydantic", "BaseModel").to_owned();
                self.lines(id, schema, &base, &lines);
            }
            SchemaKind::Array(item) => {
                let root = self.imports.name("pydantic", "RootModel").to_owned();
                let base = format!("{root}[list[{}]]", self.class(*item));
                self.lines(id, schema, &base, &[]);
            }
            SchemaKind::Report(members) => self.report(id, schema, members),
            SchemaKind::Problem | SchemaKind::ValidationProblem => {}
        }
    }

    /// The class of a schema, taken from the module in which it stands.
    fn class(&mut self, of: SchemaId) -> String {
        let name = names::schema(self.cx.model, of);
        let entity = self.cx.model.http.schemas[of].entity;
        let Some(entity) = entity.filter(|entity| *entity != self.entity) else {
            return name;
        };
        let package = self.cx.package(entity);
        if embeds(self.cx, entity, self.entity) {
            self.mutual.insert(entity);
            return format!("{}.{name}", late_name(package));
        }
        self.imports.name(&package.module("schemas"), &name);
        name
    }

    fn lines(&mut self, id: SchemaId, schema: &Schema, base: &str, lines: &[String]) {
        let mut block = Self::open(&names::schema(self.cx.model, id), base, &schema.doc);
        block.inner(|block| {
            if !lines.is_empty() {
                block.line("");
            }
            for line in lines {
                block.line(line);
            }
        });
        self.blocks.push(block);
    }

    /// The head of a class and its docstring.
    pub(crate) fn open(name: &str, base: &str, doc: &str) -> Block {
        let mut block = Block::new();
        block.line(&format!("class {name}({base}):"));
        block.inner(|block| {
            block.doc(doc);
        });
        block
    }

    fn item(&mut self, id: SchemaId, schema: &Schema, members: &[Member]) {
        let base = self.imports.name("pydantic", "BaseModel").to_owned();
        let config = self.imports.name("pydantic", "ConfigDict").to_owned();
        let said = words::of_item(self.cx, self.entity);
        let mut block = Self::open(&names::schema(self.cx.model, id), &base, &said);
        block.inner(|block| {
            let title = string(&schema.name);
            block.line("");
            block.line(&format!(
                "model_config = {config}(title={title}, from_attributes=True)"
            ));
            block.line("");
            for member in members {
                self.answered(block, id, member);
            }
        });
        self.blocks.push(block);
    }

    fn answered(&mut self, block: &mut Block, id: SchemaId, member: &Member) {
        let null = if member.nullable { " | None" } else { "" };
        match &member.kind {
            MemberKind::Embedded(_, of) => {
                let missing = self.imports.name("pydantic", "MISSING").to_owned();
                let class = self.class(*of);
                // A class that embeds itself, or what embeds it, is not there yet.
                let quote = if *of == id || class.contains('.') {
                    "\""
                } else {
                    ""
                };
                let ty = format!("{quote}{class} | {missing}{null}{quote}");
                self.member(block, member, ty, Some(Doc::text(missing)), "serialization_alias");
            }
            MemberKind::Field(_, ty) | MemberKind::Input(_, ty) | MemberKind::Measure(_, ty) => {
                let ty = self.types.answered(&mut self.imports, ty);
                self.member(block, member, ty + null, None, "serialization_alias");
            }
            MemberKind::PerVariant(..) | MemberKind::PerBool(..) => {}
        }
    }

    fn body(
        &mut self,
        id: SchemaId,
        schema: &Schema,
        members: &[Member],
        write: fn(&mut Self, &mut Block, &Member, String),
    ) {
        let base = self.imports.name("app.core.types", "Body").to_owned();
        let name = names::schema(self.cx.model, id);
        let mut block = Self::open(&name, &base, &schema.doc);
        block.inner(|block| {
            if !members.is_empty() {
                block.line("");
            }
            for member in members {
                let ty = self.taken(&name, member);
                write(self, block, member, ty);
            }
        });
        self.blocks.push(block);
    }

    /// The type of a member of a body.
    fn taken(&mut self, schema: &str, member: &Member) -> String {
        let (ty, name) = match &member.kind {
            MemberKind::Field(field, ty) => (ty, self.types.of_field(self.entity, *field)),
            MemberKind::Input(_, ty) => (ty, format!("{schema}{}", names::pascal(&member.name))),
            MemberKind::Embedded(..)
            | MemberKind::Measure(..)
            | MemberKind::PerVariant(..)
            | MemberKind::PerBool(..) => return String::from("str"),
        };
        let ty = self.types.body(&mut self.imports, ty, &name);
        if member.refused.is_empty() {
            return ty;
        }
        let refused = member.refused.iter().map(|text| Doc::text(string(text)));
        let refusing = Doc::call(self.imports.name("app.core.types", "refusing"), refused);
        annotated(&mut self.imports, [Doc::text(ty), refusing]).flat()
    }

    /// A member that may be left out where it has a default.
    fn input(&mut self, block: &mut Block, member: &Member, ty: String) {
        use groma_ir::design::{Default, Value};
        let null = if member.nullable { " | None" } else { "" };
        match &member.default {
            None => self.member(block, member, ty + null, None, "alias"),
            // Pydantic copies it for each model, and the document tells it, which it would not of a factory.
            Some(Default::Value(value @ Value::List(_))) => {
                let mut facts = Self::renamed(member, "alias");
                facts.push(Doc::named("default", self.literal(member, value).flat()));
                self.member_with(block, member, ty + null, facts, None);
            }
            Some(Default::Value(value)) => {
                let value = self.literal(member, value);
                self.member(block, member, ty + null, Some(value), "alias");
            }
            // What the server knows when it writes: the service gives it where the member is missing.
            Some(Default::Caller | Default::Now { .. }) => {
                let missing = self.imports.name("pydantic", "MISSING").to_owned();
                let ty = format!("{ty} | {missing}{null}");
                self.member(block, member, ty, Some(Doc::text(missing)), "alias");
            }
        }
    }

    /// A member that changes nothing where it is absent.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "one of the ways to write a member, which take alike"
    )]
    fn patch(&mut self, block: &mut Block, member: &Member, ty: String) {
        let null = if member.nullable { " | None" } else { "" };
        let missing = self.imports.name("pydantic", "MISSING").to_owned();
        let ty = format!("{ty} | {missing}{null}");
        self.member(block, member, ty, Some(Doc::text(missing)), "alias");
    }

    fn literal(&mut self, member: &Member, value: &groma_ir::design::Value) -> Doc {
        let ty = match &member.kind {
            MemberKind::Field(_, ty) | MemberKind::Input(_, ty) => ty.clone(),
            _ => Type::Scalar(groma_ir::scalar::Scalar::Json),
        };
        literals::literal(self.cx, &mut self.imports, Some(&ty), value)
    }

    /// A member with its name on the wire, where that is none in Python, and its description.
    fn member(&mut self, block: &mut Block, member: &Member, ty: String, default: Option<Doc>, alias: &str) {
        self.member_with(block, member, ty, Self::renamed(member, alias), default);
    }

    /// Its name on the wire, where that is none in Python.
    fn renamed(member: &Member, alias: &str) -> Vec<Doc> {
        let is_renamed = names::attribute(&member.name) != member.name;
        let alias = is_renamed.then(|| Doc::named(alias, string(&member.name)));
        alias.into_iter().collect()
    }

    fn member_with(
        &mut self,
        block: &mut Block,
        member: &Member,
        ty: String,
        mut facts: Vec<Doc>,
        default: Option<Doc>,
    ) {
        if let Some(doc) = &member.doc {
            facts.push(Doc::named("description", Doc::prose(doc.as_str())));
        }
        let mut parts = vec![if facts.is_empty() {
            Doc::text(ty)
        } else {
            let field = Doc::call(self.imports.name("pydantic", "Field"), facts);
            annotated(&mut self.imports, [Doc::text(ty), field])
        }];
        let head = format!("{}: ", names::attribute(&member.name));
        if let (Some(Doc::Text(default)), Some(ty)) = (&default, parts.first())
            && opens_default(block, &(head.clone() + &ty.flat()), default)
        {
            return;
        }
        if let Some(default) = default {
            parts.extend([Doc::text(" = "), default]);
        }
        block.statement(&head, &Doc::join(parts), "");
    }

    fn report(&mut self, id: SchemaId, schema: &Schema, members: &[Member]) {
        let name = names::schema(self.cx.model, id);
        for member in members {
            match &member.kind {
                MemberKind::PerVariant(_, of, ty) => self.parts(&name, member, *of, ty),
                MemberKind::PerBool(_, ty) => {
                    let doc = format!("`{}`, for what is so and for what is not.", member.name);
                    self.numbers(&name, member, &doc, &["true", "false"], ty);
                }
                MemberKind::Field(..)
                | MemberKind::Embedded(..)
                | MemberKind::Input(..)
                | MemberKind::Measure(..) => {}
            }
        }
        let base = self.imports.name("pydantic", "BaseModel").to_owned();
        let mut block = Self::open(&name, &base, &schema.doc);
        block.inner(|block| {
            block.line("");
            for member in members {
                match &member.kind {
                    MemberKind::PerVariant(..) | MemberKind::PerBool(..) => {
                        let ty = part_class(&name, member);
                        let whole = Member {
                            nullable: false,
                            ..member.clone()
                        };
                        self.member(block, &whole, ty, None, "serialization_alias");
                    }
                    _ => self.answered(block, id, member),
                }
            }
        });
        self.blocks.push(block);
    }

    fn parts(&mut self, report: &str, member: &Member, of: EnumId, ty: &Type) {
        let declared = &self.cx.model.design.enums[of];
        let doc = format!("`{}`, for each {}.", member.name, names::spaced(&declared.name));
        let names: Vec<&str> = declared
            .variants
            .iter()
            .map(|variant| variant.name.as_str())
            .collect();
        self.numbers(report, member, &doc, &names, ty);
    }

    fn numbers(&mut self, report: &str, member: &Member, doc: &str, names: &[&str], ty: &Type) {
        let base = self.imports.name("pydantic", "BaseModel").to_owned();
        let mut block = Self::open(&part_class(report, member), &base, doc);
        block.inner(|block| {
            block.line("");
            for name in names {
                let part = Member {
                    name: (*name).to_owned(),
                    doc: None,
                    ..member.clone()
                };
                let null = if member.nullable { " | None" } else { "" };
                let ty = self.types.answered(&mut self.imports, ty) + null;
                self.member(block, &part, ty, None, "serialization_alias");
            }
        });
        self.blocks.push(block);
    }
}

/// Writes a member whose type fits a line and whose default does not fit behind it; whether it is such a one.
pub(crate) fn opens_default(block: &mut Block, typed: &str, default: &str) -> bool {
    // Members stand in a class.
    let width = WIDTH - 4;
    let is_such = typed.len() + " = ".len() + default.len() > width && typed.len() + " = (".len() <= width;
    if is_such {
        block.line(&format!("{typed} = ("));
        block.inner(|block| {
            block.line(default);
        });
        block.line(")");
    }
    is_such
}

/// The class of numbers of a report that stand together.
fn part_class(report: &str, member: &Member) -> String {
    format!("{report}{}", names::pascal(&member.name))
}
