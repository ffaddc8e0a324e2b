//! The fields of entities.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::Id;
use groma_ir::design::{
    Default, EntityId, Field, FieldId, Generated, Mode, OnDelete, Storage, Type, Unique, WriteBy,
};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode, DeleteAction, FlagKind};

use super::entities::doc;
use super::types::TypeUse;
use super::{Member, MemberKind, Resolver, kind_name, patterns};
use crate::rules::reserved_name::Naming;
use crate::rules::{
    bad_pattern, contradiction, declared_twice, key_type, list_without_via, misplaced_modifier, name_clash,
    on_delete, said_twice,
};

/// The modifiers of a field, each at most once.
#[derive(Default)]
pub(super) struct Modifiers {
    flags: BTreeMap<FlagKind, Span>,
    pub(super) default: Option<ast::Default>,
    matches: Option<ast::Matches>,
    on_delete: Option<ast::OnDelete>,
    on_update: Option<ast::OnUpdate>,
    column: Option<ast::Column>,
}

impl Modifiers {
    pub(super) fn has(&self, kind: FlagKind) -> bool {
        self.flags.contains_key(&kind)
    }
}

impl Resolver<'_> {
    pub(super) fn entity_fields(&mut self) {
        for id in self.design.entities.ids() {
            let Some(ast) = self.map.entities.get(id.index()).map(|source| source.ast.clone()) else {
                continue;
            };
            let mut keys = Vec::new();
            for field in ast.fields() {
                self.field(id, &field, &mut keys);
            }
            self.timestamps(id, &ast);
            self.key(id, &keys);
            self.owner(id);
            self.name_clashes(id);
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
            source.ast.fields().find(points_here)?.name()
        });
        let found = list_without_via::list_without_via(span, &target.name, here, via.map(|name| name.text()));
        self.report(found);
    }

    /// Sorts the modifiers, and reports those that stand twice.
    pub(super) fn modifiers(&mut self, all: impl Iterator<Item = ast::Modifier>) -> Modifiers {
        let mut sorted = Modifiers::default();
        for modifier in all {
            match modifier {
                ast::Modifier::Flag(flag) => {
                    let Some(kind) = flag.kind() else { continue };
                    match sorted.flags.get(&kind).copied() {
                        Some(first) => self.report(said_twice::said_twice(
                            flag.span(),
                            first,
                            &format!("`{}`", flag.source().trim()),
                        )),
                        None => {
                            sorted.flags.insert(kind, flag.span());
                        }
                    }
                }
                ast::Modifier::Default(it) => self.once(&mut sorted.default, it, "the default"),
                ast::Modifier::Matches(it) => self.once(&mut sorted.matches, it, "`matches`"),
                ast::Modifier::OnDelete(it) => self.once(&mut sorted.on_delete, it, "`on delete`"),
                ast::Modifier::OnUpdate(it) => self.once(&mut sorted.on_update, it, "`on update`"),
                ast::Modifier::Column(it) => self.once(&mut sorted.column, it, "`column`"),
            }
        }
        sorted
    }

    /// Keeps the first of its kind, and reports another.
    pub(super) fn once<N: AstNode>(&mut self, slot: &mut Option<N>, node: N, what: &str) {
        match slot {
            Some(first) => {
                let found = said_twice::said_twice(node.span(), first.span(), what);
                self.report(found);
            }
            None => *slot = Some(node),
        }
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
            on_delete: self.on_delete(id, ast, (&ty, optional), modifiers, subject),
            mode: self.mode(modifiers),
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

    /// `trim` and `matches`, which are part of the type of text.
    pub(super) fn text_modifiers(&mut self, ty: &mut Type, modifiers: &Modifiers) {
        let text = match ty {
            Type::Scalar(Scalar::Text(text)) => Some(text),
            Type::List(list) => match &mut list.item {
                Type::Scalar(Scalar::Text(text)) => Some(text),
                _ => None,
            },
            Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) => None,
        };
        let Some(text) = text else {
            let trim = modifiers.flags.get(&FlagKind::Trim).map(|span| (*span, "trim"));
            let matches = modifiers.matches.as_ref().map(|it| (it.span(), "matches"));
            for (span, word) in trim.into_iter().chain(matches) {
                self.report(misplaced_modifier::misplaced_modifier(span, word, "`text`"));
            }
            return;
        };
        text.trim |= modifiers.has(FlagKind::Trim);
        let Some(matches) = &modifiers.matches else { return };
        let Some(pattern) = matches.pattern() else { return };
        match patterns::check(&pattern) {
            Ok(()) => text.pattern = Some(pattern),
            Err(why) => self.report(bad_pattern::bad_pattern(matches.span(), why)),
        }
    }

    fn touch(&mut self, ty: &Type, modifiers: &Modifiers) -> bool {
        let Some(update) = &modifiers.on_update else {
            return false;
        };
        if *ty != Type::Scalar(Scalar::DateTime) {
            self.report(misplaced_modifier::misplaced_modifier(
                update.span(),
                "on update",
                "a `datetime`",
            ));
            return false;
        }
        let is_now = matches!(update.value(), Some(ast::Term::Now(_)));
        if !is_now && update.value().is_some() {
            self.unsupported(update.span(), "`on update` with anything but `now`");
        }
        is_now
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

    fn mode(&mut self, modifiers: &Modifiers) -> Mode {
        let at = |kind: FlagKind| modifiers.flags.get(&kind).copied();
        match (
            at(FlagKind::Internal),
            at(FlagKind::Writeonly),
            at(FlagKind::Readonly),
        ) {
            (Some(_), Some(span), _) => {
                let why = "what never leaves and never comes in is not written by a caller";
                self.report(contradiction::contradiction(
                    span,
                    "`writeonly`",
                    "`internal`",
                    why,
                ));
                Mode::Internal
            }
            (None, Some(span), Some(_)) => {
                let why = "nobody could write or read the field";
                self.report(contradiction::contradiction(
                    span,
                    "`writeonly`",
                    "`readonly`",
                    why,
                ));
                Mode::WriteOnly
            }
            (Some(_), None, _) => Mode::Internal,
            (None, Some(_), None) => Mode::WriteOnly,
            (None, None, _) => Mode::Open,
        }
    }

    fn column(&mut self, modifiers: &Modifiers) -> Option<String> {
        let text = modifiers.column.as_ref()?.name()?;
        let name = text.value();
        if is_identifier(&name) {
            return Some(name);
        }
        self.report(bad_pattern::bad_column(text.span()));
        None
    }

    fn on_delete(
        &mut self,
        id: EntityId,
        ast: &ast::Field,
        (ty, optional): (&Type, bool),
        modifiers: &Modifiers,
        subject: &str,
    ) -> Option<OnDelete> {
        let Type::Reference(target) = ty else {
            if let Some(it) = &modifiers.on_delete {
                self.report(misplaced_modifier::misplaced_modifier(
                    it.span(),
                    "on delete",
                    "a reference",
                ));
            }
            return None;
        };
        let fallback = if optional {
            OnDelete::SetNull
        } else {
            OnDelete::Restrict
        };
        let Some(said) = &modifiers.on_delete else {
            self.on_delete_unsaid(id, ast, *target, fallback, subject);
            return Some(fallback);
        };
        let action = said.action();
        let action = match &action {
            Some(DeleteAction::Hole(hole)) => {
                let words = hole.words().map(|words| words.text());
                self.hole(format!("{subject}.on_delete"), words.clone(), hole);
                words.and_then(|words| DeleteAction::from_words(&words))
            }
            Some(DeleteAction::Cascade | DeleteAction::Restrict | DeleteAction::SetNull) | None => action,
        };
        let resolved = match action {
            Some(DeleteAction::Cascade) => OnDelete::Cascade,
            Some(DeleteAction::Restrict) => OnDelete::Restrict,
            Some(DeleteAction::SetNull) => OnDelete::SetNull,
            Some(DeleteAction::Hole(_)) | None => fallback,
        };
        if resolved == OnDelete::SetNull && !optional {
            let question_mark = ast.ty().map(|ty| ty.span().after());
            self.report(on_delete::set_null_on_required(said.span(), question_mark));
        }
        Some(resolved)
    }

    fn on_delete_unsaid(
        &mut self,
        id: EntityId,
        ast: &ast::Field,
        target: EntityId,
        fallback: OnDelete,
        subject: &str,
    ) {
        // Rows that live elsewhere are deleted without a word to this service; a foreign table declares its own.
        let nobody_tells = self.design.entities[target].storage == Storage::ExternalId;
        if nobody_tells || self.design.entities[id].storage != Storage::Managed {
            return;
        }
        let (here, there) = (&self.design.entities[id], &self.design.entities[target]);
        let question = on_delete::Unsaid {
            place: ast.span(),
            rows: here.plural.replace('_', " "),
            target: super::plural::snake(&there.name).replace('_', " "),
            field: ast.name().map_or_else(String::new, |name| name.text()),
            fallback,
        };
        let text = question.assumption();
        let found = on_delete::unsaid(&question);
        let topic = format!("{subject}.on_delete");
        if !self.map.decided.contains(&topic) {
            self.report(found);
        }
        self.assume(topic, text, Some(ast.span()));
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

    fn push_field(&mut self, id: EntityId, field: Field, ast: Option<&ast::Field>) -> FieldId {
        if let Some(source) = self.map.entities.get_mut(id.index()) {
            source.fields.push(ast.cloned());
        }
        self.design.entities[id].fields.push(field)
    }

    fn add_member(&mut self, id: EntityId, name: String, kind: MemberKind, span: Span) {
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

fn timestamp(name: &str, touch: bool, origin: Span) -> Field {
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
        touch,
        on_delete: None,
        doc: None,
        origin,
    }
}

/// What every database takes as a quoted name.
fn is_identifier(name: &str) -> bool {
    (1..=63).contains(&name.len()) && name.chars().all(|char| !char.is_control() && char != '"')
}
