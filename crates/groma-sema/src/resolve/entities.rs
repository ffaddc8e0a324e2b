//! Enums, and the heads of entities: the names that everything else speaks of.

use std::collections::BTreeMap;

use groma_diag::{Span, nearest};
use groma_ir::design::{Entity, EntityId, Enum, FieldId, Storage, Variant, VariantId};
use groma_ir::spelling::snake;
use groma_ir::{Arena, Id};
use groma_syntax::ast::{self, AstNode};

use super::modifiers::is_identifier;
use super::plural::plural;
use super::slips::{Slip, Trust, Where};
use super::{Declared, EntitySource, Resolver, Top, TopKind};
use crate::rules::long_name::{LONGEST, long_name};
use crate::rules::reserved_name::{Naming, TYPES, is_reserved, reserved};
use crate::rules::{bad_pattern, declared_twice, empty_enum, missing_key, name_clash};

/// Past so many unknown names no nearest one is looked for.
const MOST_GUESSES: usize = 200;

impl Resolver<'_> {
    pub(super) fn enums(&mut self, declared: &Declared) {
        for ast in &declared.enums {
            let Some(name) = ast.name() else { continue };
            let id = self.design.enums.next_id();
            if !self.declare(&name, TopKind::Enum(id), "enum") {
                continue;
            }
            let (variants, by_name) = self.variants(ast, &name.text());
            if variants.is_empty() && !self.is_damaged(ast) {
                self.report(empty_enum::empty_enum(name.span(), &name.text()));
            }
            self.design.enums.push(Enum {
                name: name.text(),
                variants,
                doc: doc(ast),
                origin: ast.span(),
            });
            self.map.variants.push(by_name);
        }
    }

    fn variants(
        &mut self,
        ast: &ast::Enum,
        of: &str,
    ) -> (Arena<VariantId, Variant>, BTreeMap<String, VariantId>) {
        let mut variants = Arena::default();
        let mut by_name = BTreeMap::new();
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        let mut old = Vec::new();
        for value in ast.values() {
            let Some(name) = value.name() else { continue };
            let text = name.text();
            self.check_name(&name, Naming::Variant);
            if let Some(wire) = value.wire() {
                self.unsupported(wire.span(), "a value of an enum with another name on the wire");
            }
            if let Some(earlier) = first.insert(text.clone(), name.span()) {
                let what = format!("value `{text}` of `{of}`");
                self.report(declared_twice::declared_twice(name.span(), earlier, &what));
                first.insert(text, earlier);
                continue;
            }
            let was = value.was().and_then(|was| was.name());
            old.extend(was.as_ref().map(|was| (was.text(), was.span())));
            let id = variants.push(Variant {
                name: text.clone(),
                was: was.map(|was| was.text()),
                doc: doc(&value),
                origin: value.span(),
            });
            by_name.insert(text, id);
        }
        self.old_values(&old, first);
        (variants, by_name)
    }

    /// Takes a name at the top of a file, unless it is taken.
    fn declare(&mut self, name: &ast::Name, kind: TopKind, what: &str) -> bool {
        self.check_name(name, Naming::Type);
        self.declare_as(name.text(), name.span(), kind, what)
    }

    /// Takes a name that something stands for at such a place.
    pub(super) fn declare_as(&mut self, text: String, span: Span, kind: TopKind, what: &str) -> bool {
        if let Some(earlier) = self.top.get(&text) {
            let what = format!("{what} `{text}`");
            let found = declared_twice::declared_twice(span, earlier.span, &what);
            self.report(found);
            return false;
        }
        self.top.insert(text, Top { kind, span });
        true
    }

    /// Whether a name can be used for such a thing; says so if not.
    pub(super) fn check_name(&mut self, name: &ast::Name, naming: Naming) {
        let text = name.text();
        if is_reserved(&text, naming) {
            self.report(reserved(name.span(), &text, naming));
        } else if text.len() > LONGEST {
            self.report(long_name(name.span(), text.len()));
        }
    }

    /// Whether the name that an entity gives its table can be one.
    fn check_table(&mut self, ast: &ast::Entity) {
        let external = ast.external().and_then(|external| external.table());
        let Some(table) = external.or_else(|| ast.table()) else {
            return;
        };
        if !is_identifier(&table.value()) {
            self.report(bad_pattern::bad_stored_name(table.span(), "table"));
        }
    }

    pub(super) fn entity_heads(&mut self, declared: &Declared) {
        let mut tables: BTreeMap<String, Span> = BTreeMap::new();
        for ast in &declared.entities {
            let Some(name) = ast.name() else { continue };
            let id = self.design.entities.next_id();
            if !self.declare(&name, TopKind::Entity(id), "entity") {
                continue;
            }
            let mut entity = head(ast, &name);
            entity.was = self.entity_was(ast, entity.storage);
            self.check_table(ast);
            if entity.storage == Storage::ExternalId && self.is_damaged_head(ast) {
                entity.storage = Storage::ExternalTable;
            }
            if entity.storage != Storage::ExternalId
                && let Some(earlier) = tables.insert(entity.table.to_lowercase(), name.span())
            {
                self.report(name_clash::name_clash(
                    name.span(),
                    earlier,
                    "table",
                    &entity.table,
                ));
            }
            self.design.entities.push(entity);
            self.actions.push(Vec::new());
            self.map.entities.push(EntitySource {
                ast: Some(ast.clone()),
                fields: Vec::new(),
                members: BTreeMap::new(),
            });
            self.link_heads(id, ast, &mut tables);
        }
        self.old_entities();
    }

    /// Sees to it that each entity has exactly one key.
    pub(super) fn key(&mut self, id: EntityId, keys: &[(FieldId, Span)]) {
        let span = |resolver: &Self| {
            let source = resolver.map.entities.get(id.index());
            source
                .and_then(|source| source.ast.as_ref()?.name())
                .map_or(resolver.design.entities[id].origin, |name| name.span())
        };
        match keys {
            [] => {
                let name = self.design.entities[id].name.clone();
                let broken = self.is_shaky(self.design.entities[id].origin);
                let key = self.placeholder_key(id);
                self.design.entities[id].key = key;
                if !broken {
                    let found = missing_key::missing_key(span(self), &name, self.likely_key(id));
                    self.report(found);
                }
            }
            [(first, _)] => self.design.entities[id].key = *first,
            [(first, at), (_, second), ..] => {
                self.design.entities[id].key = *first;
                let name = self.design.entities[id].name.clone();
                self.report(missing_key::two_keys(*second, *at, &name));
            }
        }
    }

    /// The field that is called as keys usually are, or the place where one would stand.
    fn likely_key(&self, id: EntityId) -> missing_key::Likely {
        let source = self.map.entities.get(id.index());
        let Some(ast) = source.and_then(|source| source.ast.as_ref()) else {
            return missing_key::Likely::Nowhere;
        };
        let mut fields = ast.fields();
        let named = fields.find(|field| field.name().is_some_and(|name| name.is("id")));
        match (named.and_then(|field| field.ty()), ast.members().next()) {
            (Some(ty), _) => missing_key::Likely::Field(ty.span()),
            (None, Some(first)) => missing_key::Likely::Before(first.span()),
            (None, None) => missing_key::Likely::Nowhere,
        }
    }

    /// Whether the parser found fault with something inside.
    pub(super) fn is_damaged(&self, node: &impl AstNode) -> bool {
        let Span { file, start, end } = node.span();
        self.faults.range((file, start)..=(file, end)).next().is_some()
    }

    /// Whether the parser found fault with what stands before the members.
    fn is_damaged_head(&self, ast: &ast::Entity) -> bool {
        let all = ast.span();
        let end = ast.members().next().map_or(all.end, |first| first.span().start);
        let mut faults = self.faults.range((all.file, all.start)..(all.file, end));
        faults.next().is_some()
    }

    /// Whether the parser found fault with the first word of something.
    pub(super) fn is_fault(&self, span: Span) -> bool {
        self.faults.contains(&(span.file, span.start))
    }

    /// The entity of this name; what is wrong with the name is reported.
    pub(super) fn entity_named(&mut self, path: &ast::Path) -> Option<EntityId> {
        let text = path.text();
        match self.top.get(&text).map(|top| top.kind) {
            Some(TopKind::Entity(id)) => Some(id),
            Some(TopKind::Enum(_)) | None => {
                self.unknown_top(path.span(), &text, "entity", false);
                None
            }
        }
    }

    /// Reports a name at the top of a file, or of a type, that does not exist.
    pub(super) fn unknown_top(&mut self, span: Span, name: &str, wanted: &'static str, with_types: bool) {
        let types = TYPES.iter().copied().filter(|_| with_types);
        let alias = alias(name).filter(|_| with_types);
        let trust = alias.map_or(Trust::Near, |(_, trust)| trust);
        let meant = alias.map(|(meant, _)| meant.to_owned()).or_else(|| {
            let tops = self.top.iter().filter(|(_, top)| match top.kind {
                TopKind::Entity(_) => true,
                TopKind::Enum(_) => with_types,
            });
            self.guess(name, tops.map(|(name, _)| name.as_str()).chain(types))
        });
        let declared = meant
            .as_ref()
            .and_then(|meant| self.top.get(meant))
            .map(|top| top.span);
        self.slip(Slip {
            name: name.to_owned(),
            span,
            wanted,
            place: Where::Top,
            meant: meant.map(|meant| (meant, declared)),
            trust,
            note: None,
        });
    }

    /// The nearest of some names, as long as not too many were asked for.
    pub(super) fn guess<'n>(&self, name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
        let names = names.take(if self.guesses < MOST_GUESSES { 5000 } else { 0 });
        nearest(name, names).map(str::to_owned)
    }

    /// Reports a member that an entity does not have.
    pub(super) fn unknown_member(&mut self, entity: EntityId, span: Span, name: &str, may_fix: bool) {
        let Some(source) = self.map.entities.get(entity.index()) else {
            return;
        };
        let by_wire = name
            .strip_suffix("_id")
            .filter(|stem| source.members.contains_key(*stem));
        let meant = by_wire
            .map(str::to_owned)
            .or_else(|| self.guess(name, source.members.keys().map(String::as_str)));
        let declared = meant
            .as_ref()
            .and_then(|meant| source.members.get(meant))
            .map(|member| member.span);
        self.slip(Slip {
            name: name.to_owned(),
            span,
            wanted: "field",
            place: Where::Members(entity),
            meant: meant.map(|meant| (meant, declared)),
            trust: if may_fix { Trust::Near } else { Trust::Never },
            note: None,
        });
    }
}

/// The description of a node as one text.
pub(super) fn doc(node: &impl AstNode) -> Option<String> {
    node.doc().map(|doc| doc.text).filter(|text| !text.is_empty())
}

fn head(ast: &ast::Entity, name: &ast::Name) -> Entity {
    let external = ast.external();
    let table = external.as_ref().and_then(ast::External::table);
    let storage = match (&external, &table) {
        (None, _) => Storage::Managed,
        (Some(_), Some(_)) => Storage::ExternalTable,
        (Some(_), None) => Storage::ExternalId,
    };
    let table = table.or_else(|| ast.table()).map(|table| table.value());
    Entity {
        doc: doc(ast),
        ..entity(name.text(), storage, table, ast.span())
    }
}

/// An entity without anything in it.
pub(super) fn entity(name: String, storage: Storage, table: Option<String>, origin: Span) -> Entity {
    let plural = plural(&snake(&name));
    Entity {
        name,
        table: table.unwrap_or_else(|| plural.clone()),
        plural,
        storage,
        was: None,
        fields: Arena::default(),
        key: FieldId::new(0),
        owner: None,
        links: Vec::new(),
        link: None,
        fence: None,
        inverses: Vec::new(),
        uniques: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        states: Vec::new(),
        actions: Arena::default(),
        rules: Vec::new(),
        guarantees: Vec::new(),
        access_origin: None,
        doc: None,
        origin,
    }
}

/// What other languages call a type that exists here, and whether they all mean the same by it.
fn alias(name: &str) -> Option<(&'static str, Trust)> {
    let meant = match name.to_ascii_lowercase().as_str() {
        "string" | "str" | "varchar" | "char" | "markdown" => "text",
        "integer" | "bigint" | "long" | "smallint" => "int",
        "double" | "real" => "float",
        "numeric" => "decimal",
        "boolean" => "bool",
        "instant" | "timestamp" | "timestamptz" => "datetime",
        "guid" => "uuid",
        "uri" => "url",
        "jsonb" | "object" => "json",
        // Some count by it, some measure, and money has as many places as its currency.
        "number" => return Some(("int", Trust::Never)),
        "money" => return Some(("decimal", Trust::Never)),
        _ => return None,
    };
    Some((meant, Trust::Alias))
}
