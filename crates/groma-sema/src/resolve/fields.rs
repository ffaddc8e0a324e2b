//! The fields of entities.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::Id;
use groma_ir::design::{Default, EntityId, Field, FieldId, Generated, Mode, Storage, Type, Unique, WriteBy};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode, FlagKind};

use super::entities::doc;
use super::modifiers::Modifiers;
use super::types::TypeUse;
use super::{Member, MemberKind, Resolver, kind_name};
use crate::rules::reserved_name::Naming;
use crate::rules::{
    contradiction, declared_twice, key_type, list_without_via, misplaced_modifier, name_clash,
};

impl Resolver<'_> {
    pub(super) fn entity_fields(&mut self) {
        for id in self.design.entities.ids() {
            let Some(source) = self.map.entities.get(id.index()) else {
                continue;
            };
            let Some(ast) = source.ast.clone() else {
                self.link_fields(id);
                continue;
            };
            let mut keys = Vec::new();
            for field in ast.fields() {
                self.field(id, &field, &mut keys);
            }
            self.fence(id, &ast);
            self.timestamps(id, &ast);
            self.key(id, &keys);
            self.owner(id);
            self.name_clashes(id);
            self.old_fields(id);
        }
    }

    fn field(&mut self, id: EntityId, ast: &ast::Field, keys: &mut Vec<(FieldId, Span)>) {
        let Some(name) = ast.name() else { return };
        let text = name.text();
        self.check_name(&name, Naming::Member);
        if let Some(earlier) = self.member(id, &text) {
            let what = format!("field `{text}` of `{}`", self.design.entities[id].name);
            self.report(declared_twice::declared_twice(name.span(), earlier.span, &what));
            return;
        }
        let subject = format!("{}.{text}", self.design.entities[id].name);
        let modifiers = self.modifiers(ast.modifiers());
        let used = ast.ty().map_or(TypeUse::Broken, |ty| self.ty(&ty, &subject));
        let kind = match used {
            TypeUse::Stored { ty, optional } => {
                let field = self.stored(id, ast, (ty, optional), &modifiers, &subject);
                let field = self.push_field(id, field, Some(ast));
                if let Some(span) = modifiers.flags.get(&FlagKind::Key) {
                    keys.push((field, *span));
                }
                if modifiers.has(FlagKind::Unique) && !modifiers.has(FlagKind::Key) {
                    self.unique_field(id, field, ast.span());
                }
                MemberKind::Field(field)
            }
            TypeUse::Inverse { entity, via } => {
                self.inverse(id, ast, entity, via);
                MemberKind::Inverse
            }
            TypeUse::ListOfRows { entity } => {
                self.list_of_rows(id, ast, entity);
                MemberKind::Broken
            }
            TypeUse::Broken => {
                if let Some(span) = modifiers.flags.get(&FlagKind::Key) {
                    let field = self.push_placeholder(id, &text, ast);
                    keys.push((field, *span));
                    MemberKind::Field(field)
                } else {
                    MemberKind::Broken
                }
            }
        };
        self.add_member(id, text, kind, name.span());
    }

    fn list_of_rows(&mut self, id: EntityId, ast: &ast::Field, entity: EntityId) {
        let Some(span) = ast.ty().map(|ty| ty.span()) else {
            return;
        };
        let target = &self.design.entities[entity];
        let here = &self.design.entities[id].name;
        // The reference on the other side may be known by its type alone.
        let via = self.map.entities.get(entity.index()).and_then(|source| {
            let points_here = |field: &ast::Field| {
                let path = field.ty().and_then(|ty| ty.path());
                path.is_some_and(|path| path.is(here))
            };
            let mut fields = source.ast.as_ref()?.fields().filter(points_here);
            fields.next().filter(|_| fields.next().is_none())?.name()
        });
        let found = list_without_via::list_without_via(span, &target.name, here, via.map(|name| name.text()));
        self.report(found);
    }

    fn stored(
        &mut self,
        id: EntityId,
        ast: &ast::Field,
        (mut ty, optional): (Type, bool),
        modifiers: &Modifiers,
        subject: &str,
    ) -> Field {
        let name = ast.name().map_or_else(String::new, |name| name.text());
        self.text_modifiers(&mut ty, modifiers);
        let touch = self.touch(&ty, modifiers);
        let generated = self.key_kind(id, ast, &ty, optional, modifiers);
        let default = modifiers.default.as_ref().and_then(|default| {
            if modifiers.has(FlagKind::Key) {
                self.report(misplaced_modifier::misplaced_modifier(
                    default.span(),
                    "= default",
                    "fields that are no key",
                ));
                return None;
            }
            self.default(default, &ty, optional, subject)
        });
        let by_server = modifiers.has(FlagKind::Readonly)
            || generated.is_some()
            || touch
            || matches!(ty, Type::Scalar(Scalar::Secret(_)));
        let wire = match ty {
            Type::Reference(_) => format!("{name}_id"),
            Type::Scalar(_) | Type::Enum(_) | Type::List(_) => name.clone(),
        };
        Field {
            column: self.column(modifiers).unwrap_or_else(|| wire.clone()),
            was: self.field_was(id, &ty, modifiers),
            on_delete: self.on_delete(id, ast, (&ty, optional), modifiers, subject),
            mode: self.mode(modifiers),
            unindexed: self.unindexed(id, &ty, modifiers),
            name,
            wire,
            ty,
            optional,
            default: default.or((touch && !optional).then_some(Default::Now { offset: 0 })),
            write: if by_server {
                WriteBy::Server
            } else {
                WriteBy::Caller
            },
            generated,
            touch,
            doc: doc(ast),
            origin: ast.span(),
        }
    }

    /// What a key must be, and how the server makes it.
    fn key_kind(
        &mut self,
        id: EntityId,
        ast: &ast::Field,
        ty: &Type,
        optional: bool,
        modifiers: &Modifiers,
    ) -> Option<Generated> {
        let span = *modifiers.flags.get(&FlagKind::Key)?;
        let never = |kind: FlagKind| modifiers.flags.get(&kind).copied();
        if optional {
            let why = "every row is found by its key";
            self.report(contradiction::contradiction(span, "`key`", "`?`", why));
        }
        for (kind, word) in [
            (FlagKind::Internal, "`internal`"),
            (FlagKind::Writeonly, "`writeonly`"),
        ] {
            if let Some(at) = never(kind) {
                let why = "the key is in every path and answer";
                self.report(contradiction::contradiction(at, word, "`key`", why));
            }
        }
        let made_here = self.design.entities[id].storage == Storage::Managed;
        match ty {
            Type::Scalar(Scalar::Uuid) => made_here.then_some(Generated::Uuid7),
            Type::Scalar(Scalar::Int(_)) => made_here.then_some(Generated::Identity),
            Type::Scalar(Scalar::Text(_) | Scalar::Slug { .. }) | Type::Reference(_) => None,
            Type::Scalar(_) | Type::Enum(_) | Type::List(_) => {
                let at = ast.ty().map_or(span, |ty| ty.span());
                let kind = kind_name(&self.design, ty);
                self.report(key_type::key_type(at, &kind));
                None
            }
        }
    }

    fn timestamps(&mut self, id: EntityId, ast: &ast::Entity) {
        let mut said = None;
        for member in ast.members() {
            if let ast::Member::Timestamps(it) = member {
                self.once(&mut said, it, "`timestamps`");
            }
        }
        let Some(said) = said else { return };
        for (name, touch) in [("created_at", false), ("updated_at", true)] {
            if let Some(earlier) = self.member(id, name) {
                let what = format!("field `{name}` of `{}`", self.design.entities[id].name);
                self.report(declared_twice::declared_twice(said.span(), earlier.span, &what));
                continue;
            }
            let field = self.push_field(id, timestamp(name, touch, said.span()), None);
            self.add_member(id, name.to_owned(), MemberKind::Field(field), said.span());
        }
    }

    fn owner(&mut self, id: EntityId) {
        let entity = &self.design.entities[id];
        let mut owners = entity
            .fields
            .entries()
            .filter(|(_, field)| field.default == Some(Default::Caller));
        let first = owners.next();
        let named = first
            .into_iter()
            .chain(owners)
            .find(|(_, field)| field.name == "owner");
        self.design.entities[id].owner = named.or(first).map(|(id, _)| id);
    }

    fn name_clashes(&mut self, id: EntityId) {
        let mut wires: BTreeMap<&str, Span> = BTreeMap::new();
        let mut columns: BTreeMap<String, Span> = BTreeMap::new();
        let mut found = Vec::new();
        for (field_id, field) in self.design.entities[id].fields.entries() {
            if self.is_broken(id, field_id) {
                continue;
            }
            // Databases fold case, so two columns must differ in more.
            let column = field.column.to_lowercase();
            if let Some(earlier) = wires.insert(&field.wire, field.origin) {
                found.push(name_clash::name_clash(
                    field.origin,
                    earlier,
                    "member",
                    &field.wire,
                ));
            } else if let Some(earlier) = columns.insert(column, field.origin) {
                found.push(name_clash::name_clash(
                    field.origin,
                    earlier,
                    "column",
                    &field.column,
                ));
            }
        }
        self.out.extend(found);
    }

    fn unique_field(&mut self, id: EntityId, field: FieldId, origin: Span) {
        self.design.entities[id].uniques.push(Unique {
            fields: vec![field],
            when: None,
            origin,
        });
    }

    pub(super) fn push_field(&mut self, id: EntityId, field: Field, ast: Option<&ast::Field>) -> FieldId {
        if let Some(source) = self.map.entities.get_mut(id.index()) {
            source.fields.push(ast.cloned());
        }
        self.design.entities[id].fields.push(field)
    }

    pub(super) fn add_member(&mut self, id: EntityId, name: String, kind: MemberKind, span: Span) {
        if let Some(source) = self.map.entities.get_mut(id.index()) {
            source.members.insert(name, Member { kind, span });
        }
    }

    /// A field in place of one that is broken: of a key, so that nothing else misses it.
    fn push_placeholder(&mut self, id: EntityId, name: &str, ast: &ast::Field) -> FieldId {
        let field = Field {
            ty: Type::Scalar(Scalar::Uuid),
            ..timestamp(name, false, ast.span())
        };
        let field = self.push_field(id, field, Some(ast));
        self.broken.insert((id, field));
        field
    }

    /// A key for an entity that declares none.
    pub(super) fn placeholder_key(&mut self, id: EntityId) -> FieldId {
        let origin = self.design.entities[id].origin;
        let field = Field {
            ty: Type::Scalar(Scalar::Uuid),
            ..timestamp("id", false, origin)
        };
        let field = self.push_field(id, field, None);
        self.broken.insert((id, field));
        field
    }
}

pub(super) fn timestamp(name: &str, touch: bool, origin: Span) -> Field {
    Field {
        name: name.to_owned(),
        wire: name.to_owned(),
        column: name.to_owned(),
        ty: Type::Scalar(Scalar::DateTime),
        optional: false,
        default: Some(Default::Now { offset: 0 }),
        write: WriteBy::Server,
        mode: Mode::Open,
        generated: None,
        was: None,
        touch,
        on_delete: None,
        unindexed: false,
        doc: None,
        origin,
    }
}
