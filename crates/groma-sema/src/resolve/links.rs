//! What ties people to rows: `shared with`, the members of a tenant, and the fence around what stands in one.
//!
//! A tie is a row of its own, in an entity that nobody declares: `Task` that is shared has `TaskShare`, the tenant
//! `Team` has `TeamMember`. Everything downstream meets it as an entity like any other.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::design::{
    Default, Entity, EntityId, Enum, EnumId, Field, FieldId, Generated, Index, Least, Link, LinkKind, Mode,
    OnDelete, Path, Row, Storage, Type, Unique, Variant, VariantId, Was, Who, WriteBy,
};
use groma_ir::scalar::{Scalar, Text};
use groma_ir::spelling::snake;
use groma_ir::{Arena, Id};
use groma_syntax::ast::{self, AstNode};

use super::conds::Scope;
use super::entities::entity;
use super::fields::timestamp;
use super::plural::plural;
use super::{EntitySource, MemberKind, Resolver, Top, TopKind};
use crate::rules::reserved_name::Naming;
use crate::rules::{ambiguous_who, bad_link, declared_twice, name_clash, not_here};

/// The names of the fields of a tie, but for the one that refers to the row.
pub(super) const USER: &str = "user";

/// What an entity says of the ties to its rows.
struct Said {
    kind: LinkKind,
    levels: Option<ast::Levels>,
    external: Option<ast::External>,
    span: Span,
}

/// What a path is, read as a level.
pub(super) enum Levelled {
    /// Whoever is tied so.
    Who(Who),
    /// A level, and what is wrong with it has been said.
    Wrong,
    /// No level.
    Other,
}

impl Resolver<'_> {
    /// Declares what ties people to the rows of an entity.
    pub(super) fn link_heads(
        &mut self,
        parent: EntityId,
        ast: &ast::Entity,
        tables: &mut BTreeMap<String, Span>,
    ) {
        let (mut shared, mut members) = (None, None);
        for member in ast.members() {
            match member {
                ast::Member::Shared(it) => self.once(&mut shared, it, "`shared with`"),
                ast::Member::Members(it) => self.once(&mut members, it, "`members`"),
                _ => {}
            }
        }
        let name = self.design.entities[parent].name.clone();
        if let Some(it) = shared {
            let said = Said {
                kind: LinkKind::Shares,
                levels: it.levels(),
                external: None,
                span: it.span(),
            };
            self.link_head(parent, &said, tables);
        }
        match members {
            Some(it) if ast.is_tenant() => {
                let said = Said {
                    kind: LinkKind::Members,
                    levels: it.roles(),
                    external: it.external(),
                    span: it.span(),
                };
                self.link_head(parent, &said, tables);
            }
            Some(it) => self.report(bad_link::no_tenant(it.span(), &name)),
            None if ast.is_tenant() && !self.is_damaged(ast) => {
                let span = ast.name().map_or_else(|| ast.span(), |name| name.span());
                self.report(bad_link::no_members(span, &name));
            }
            None => {}
        }
    }

    fn link_head(&mut self, parent: EntityId, said: &Said, tables: &mut BTreeMap<String, Span>) {
        let owner = &self.design.entities[parent];
        let (name, storage) = (owner.name.clone(), owner.storage);
        let table = said.external.as_ref().and_then(ast::External::table);
        if table.is_none() && (storage != Storage::Managed || said.external.is_some()) {
            let found = bad_link::not_ours(said.span, "who is tied to them", &name);
            self.report(found);
            return;
        }
        let (ties, of) = match said.kind {
            LinkKind::Shares => ("Share", format!("{name}Level")),
            LinkKind::Members => ("Member", format!("{name}Role")),
        };
        let tie = format!("{name}{ties}");
        let was = renamed(owner).map(|old| old_tie(&format!("{old}{ties}")));
        let what = format!("`{name}.{}`", said.kind.word());
        let Some(of) = self.levels_head(of, said) else {
            return;
        };
        let id = self.design.entities.next_id();
        if !self.declare_as(tie.clone(), said.span, TopKind::Entity(id), &what) {
            return;
        }
        let storage = if table.is_some() {
            Storage::ExternalTable
        } else {
            Storage::Managed
        };
        let mut declared = entity(tie, storage, table.map(|table| table.value()), said.span);
        if let Some(earlier) = tables.insert(declared.table.to_lowercase(), said.span) {
            let found = name_clash::name_clash(said.span, earlier, "table", &declared.table);
            self.report(found);
        }
        declared.was = was.filter(|_| storage == Storage::Managed);
        declared.link = Some(Link {
            kind: said.kind,
            parent: FieldId::new(1),
            user: FieldId::new(2),
            level: FieldId::new(3),
            of,
            least: None,
        });
        self.design.entities.push(declared);
        self.design.entities[parent].links.push(id);
        self.actions.push(Vec::new());
        self.map.entities.push(EntitySource {
            ast: None,
            fields: Vec::new(),
            members: BTreeMap::new(),
        });
    }

    /// The levels as an enum, the lowest first.
    fn levels_head(&mut self, name: String, said: &Said) -> Option<EnumId> {
        let levels = said.levels.as_ref()?;
        let mut variants = Arena::default();
        let mut by_name: BTreeMap<String, VariantId> = BTreeMap::new();
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        let mut old = Vec::new();
        for level in levels.names() {
            let text = level.text();
            self.check_name(&level, Naming::Variant);
            if let Some(earlier) = first.get(&text) {
                let found =
                    declared_twice::declared_twice(level.span(), *earlier, &format!("level `{text}`"));
                self.report(found);
                continue;
            }
            first.insert(text.clone(), level.span());
            let was = levels.was(&level).and_then(|was| was.name());
            old.extend(was.as_ref().map(|was| (was.text(), was.span())));
            let id = variants.push(Variant {
                name: text.clone(),
                was: was.map(|was| was.text()),
                doc: None,
                origin: level.span(),
            });
            by_name.insert(text, id);
        }
        self.old_values(&old, first);
        if variants.is_empty() {
            return None;
        }
        let id = self.design.enums.next_id();
        if !self.declare_as(name.clone(), said.span, TopKind::Enum(id), "enum") {
            return None;
        }
        self.design.enums.push(Enum {
            name,
            variants,
            doc: None,
            origin: said.span,
        });
        self.map.variants.push(by_name);
        Some(id)
    }

    /// The entity whose rows an entity ties people to.
    pub(super) fn parent_of(&self, tie: EntityId) -> Option<EntityId> {
        let mut entities = self.design.entities.entries();
        entities
            .find(|(_, entity)| entity.links.contains(&tie))
            .map(|(id, _)| id)
    }

    /// The fields of a tie: its key, the row, the person, the level.
    pub(super) fn link_fields(&mut self, tie: EntityId) {
        let Some(parent) = self.parent_of(tie) else { return };
        let Some(link) = self.design.entities[tie].link.clone() else {
            return;
        };
        let origin = self.design.entities[tie].origin;
        let user = self.person(parent, &link).unwrap_or(parent);
        let external = self.design.entities[tie].storage == Storage::ExternalTable;
        let of_parent = &self.design.entities[parent];
        let parent_name = reference_to(&of_parent.name);
        let parent_was = renamed(of_parent)
            .filter(|_| !external)
            .map(|old| old_reference(&reference_to(old)));
        // As Better Auth has it: `organization` and `member` with `organizationId`, `userId` and `role`.
        let columns = external.then(|| [format!("{}Id", of_parent.table), String::from("userId")]);
        let [parent_column, user_column] =
            columns.map_or([None, None], |[parent, user]| [Some(parent), Some(user)]);
        let reference = |name: &str, target: EntityId, column: Option<String>| Field {
            column: column.unwrap_or_else(|| format!("{name}_id")),
            wire: format!("{name}_id"),
            ty: Type::Reference(target),
            on_delete: Some(OnDelete::Cascade),
            ..plain(name, origin)
        };
        let key = if external {
            let text = Text {
                min: 1,
                ..Text::default()
            };
            Field {
                ty: Type::Scalar(Scalar::Text(text)),
                ..plain("id", origin)
            }
        } else {
            Field {
                ty: Type::Scalar(Scalar::Uuid),
                generated: Some(Generated::Uuid7),
                ..plain("id", origin)
            }
        };
        let level = Field {
            ty: Type::Enum(link.of),
            write: WriteBy::Caller,
            ..plain(level_field(link.kind), origin)
        };
        let fields = [
            key,
            Field {
                was: parent_was,
                ..reference(&parent_name, parent, parent_column)
            },
            Field {
                write: WriteBy::Caller,
                ..reference(USER, user, user_column)
            },
            level,
        ];
        for field in fields {
            let name = field.name.clone();
            let id = self.push_field(tie, field, None);
            self.add_member(tie, name, MemberKind::Field(id), origin);
        }
        let entity = &mut self.design.entities[tie];
        entity.key = FieldId::new(0);
        entity.uniques.push(Unique {
            fields: vec![link.parent, link.user],
            when: None,
            origin,
        });
        entity.indexes.push(Index {
            fields: vec![link.user, link.parent],
            origin,
        });
    }

    /// With whom the rows of an entity are tied; says so if those are no callers.
    fn person(&mut self, parent: EntityId, link: &Link) -> Option<EntityId> {
        let source = self.map.entities.get(parent.index());
        let ast = source.and_then(|source| source.ast.clone())?;
        let (path, least) = ast.members().find_map(|member| match member {
            ast::Member::Shared(it) if link.kind == LinkKind::Shares => Some((it.with(), None)),
            ast::Member::Members(it) if link.kind == LinkKind::Members => {
                let least = it.at_least().zip(it.at_least_role());
                Some((it.user(), least))
            }
            _ => None,
        })?;
        if let Some((count, role)) = least {
            self.least(parent, link, (&count, &role));
        }
        let path = path?;
        let named = self.entity_named(&path)?;
        let Some(auth) = &self.design.auth else {
            self.no_auth(path.span(), &format!("`{}`", link.kind.word()));
            return Some(named);
        };
        if auth.caller != named {
            let caller = &self.design.entities[auth.caller];
            let name = &self.design.entities[named].name;
            let found = bad_link::no_caller(path.span(), name, &caller.name, caller.origin);
            self.report(found);
        }
        Some(named)
    }

    /// `at least 1 owner`.
    fn least(&mut self, parent: EntityId, link: &Link, (count, role): (&ast::Number, &ast::Name)) {
        let Some(level) = self.level_named(link.of, &role.text()) else {
            let found = bad_link::bad_least(role.span(), "it is none of the roles of its members");
            self.report(found);
            return;
        };
        let count = count.as_integer().and_then(|count| u32::try_from(count).ok());
        // Whoever makes the tenant is its first member, and there is nobody else yet.
        let Some(count @ 1) = count else {
            let why = "whoever makes a tenant is its only member at first, so at least 1 is what can be kept";
            self.report(bad_link::bad_least(role.span(), why));
            return;
        };
        if level.index() + 1 != self.design.enums[link.of].variants.len() {
            let why = "whoever makes a tenant gets its highest role, so that is what can be kept";
            self.report(bad_link::bad_least(role.span(), why));
            return;
        }
        let tie = self.design.link_of(parent, link.kind);
        if let Some(link) = tie.and_then(|tie| self.design.entities[tie].link.as_mut()) {
            link.least = Some(Least { count, level });
        }
    }

    /// The reference to the tenant in which the rows of an entity stand.
    pub(super) fn fence(&mut self, id: EntityId, ast: &ast::Entity) {
        let Some(path) = ast.tenant() else { return };
        let Some(tenant) = self.entity_named(&path) else {
            return;
        };
        let declared = &self.design.entities[tenant];
        let is_tenant = self.map.entities.get(tenant.index());
        let is_tenant = is_tenant
            .and_then(|source| source.ast.as_ref())
            .is_some_and(ast::Entity::is_tenant);
        if !is_tenant {
            let found = bad_link::fenced_by_entity(path.span(), &declared.name, declared.origin);
            self.report(found);
            return;
        }
        let name = snake(&declared.name);
        if let Some(member) = self.member(id, &name) {
            let field = match member.kind {
                MemberKind::Field(field) => Some(field),
                MemberKind::Inverse => None,
                MemberKind::Broken => return,
            };
            let is_it = field.filter(|field| {
                let field = &self.design.entities[id].fields[*field];
                field.ty.target() == Some(tenant) && !field.optional
            });
            if is_it.is_none() {
                let found = bad_link::other_fence(member.span, &name, &self.design.entities[tenant].name);
                self.report(found);
                return;
            }
            self.design.entities[id].fence = is_it;
            return;
        }
        let field = Field {
            wire: format!("{name}_id"),
            column: format!("{name}_id"),
            ty: Type::Reference(tenant),
            was: renamed(&self.design.entities[tenant]).map(|old| old_reference(&snake(old))),
            write: WriteBy::Caller,
            on_delete: Some(OnDelete::Cascade),
            ..plain(&name, path.span())
        };
        let field = self.push_field(id, field, None);
        self.add_member(id, name, MemberKind::Field(field), path.span());
        self.design.entities[id].fence = Some(field);
    }

    /// Whether rows of an entity are shared.
    pub(super) fn is_shared(&self, id: EntityId) -> bool {
        self.design.link_of(id, LinkKind::Shares).is_some()
    }

    /// The names of the levels at which people are tied to the rows of an entity.
    pub(super) fn levels(&self, id: EntityId) -> impl Iterator<Item = &str> {
        let links = self.design.entities[id].links.iter();
        let of = links.filter_map(|link| self.design.entities[*link].link.as_ref());
        of.flat_map(|link| self.design.enums[link.of].variants.iter())
            .map(|level| level.name.as_str())
    }

    fn level_named(&self, of: EnumId, name: &str) -> Option<VariantId> {
        self.map.variants.get(of.index())?.get(name).copied()
    }

    /// What ties people to the rows of an entity at a level of this name.
    fn level(&self, id: EntityId, name: &str) -> Option<(EntityId, VariantId)> {
        self.design.entities[id].links.iter().find_map(|tie| {
            let link = self.design.entities[*tie].link.as_ref()?;
            Some((*tie, self.level_named(link.of, name)?))
        })
    }

    /// `Team.role`, `Task.level`: the levels as a type.
    pub(super) fn levels_named(&self, path: &ast::Path) -> Option<EnumId> {
        let names: Vec<ast::Name> = path.names().collect();
        let [entity, field] = names.as_slice() else {
            return None;
        };
        let Top {
            kind: TopKind::Entity(id),
            ..
        } = self.top.get(&entity.text())?
        else {
            return None;
        };
        let links = self.design.entities[*id].links.iter();
        let mut links = links.filter_map(|tie| self.design.entities[*tie].link.as_ref());
        links
            .find(|link| field.is(level_field(link.kind)))
            .map(|link| link.of)
    }

    /// The subject of an `access` block: `Task`, `Task.shares`, `Team.members`.
    pub(super) fn ruled(&mut self, subject: &ast::Path) -> Option<EntityId> {
        let names: Vec<ast::Name> = subject.names().collect();
        let [entity, word] = names.as_slice() else {
            return self.entity_named(subject);
        };
        let Some(Top {
            kind: TopKind::Entity(id),
            ..
        }) = self.top.get(&entity.text()).copied()
        else {
            self.unknown_top(entity.span(), &entity.text(), "entity", false);
            return None;
        };
        let links = self.design.entities[id].links.iter().copied();
        let mut links = links.filter(|tie| {
            let link = self.design.entities[*tie].link.as_ref();
            link.is_some_and(|link| word.is(link.kind.word()))
        });
        let found = links.next();
        if found.is_none() {
            self.unknown_member(id, word.span(), &word.text(), false);
        }
        found
    }

    /// Somebody who is tied to the row, or to one that references lead to: `edit`, `team.admin`. What is wrong with a
    /// level is said, and then it is nobody.
    pub(super) fn level_who(&mut self, id: EntityId, scope: Scope, path: &ast::Path) -> Levelled {
        match self.try_level(id, scope, path) {
            Some(levelled) => levelled,
            None => Levelled::Other,
        }
    }

    fn try_level(&mut self, id: EntityId, scope: Scope, path: &ast::Path) -> Option<Levelled> {
        let names: Vec<ast::Name> = path.names().collect();
        let (last, way) = names.split_last()?;
        let (row, way) = match way {
            [first, rest @ ..] if first.is("new") => (Row::New, rest),
            all => (Row::This, all),
        };
        let mut at = id;
        let mut steps = Vec::new();
        for name in way {
            let MemberKind::Field(field) = self.member(at, &name.text())?.kind else {
                return None;
            };
            steps.push(field);
            at = self.design.entities[at].fields[field].ty.target()?;
        }
        let text = last.text();
        let (link, least) = self.level(at, &text)?;
        if let Some(other) = self.other_meaning(at, &text, way.is_empty()) {
            if self.ambiguous.insert(text.clone()) {
                let declared = self.design.entities[link].origin;
                let found = ambiguous_who::ambiguous_level(path.span(), &text, declared, other);
                self.report(found);
            }
            return Some(Levelled::Wrong);
        }
        if row == Row::New && scope != Scope::Change {
            let clause = "a rule for reading or deleting";
            let found = not_here::not_here(path.span(), "new", clause, not_here::NO_CHANGE);
            self.report(found);
            return Some(Levelled::Wrong);
        }
        Some(Levelled::Who(Who::Level {
            path: Path { row, steps },
            link,
            least,
        }))
    }

    /// Whether a name behind `to` is the person whom a row ties, and no role of that name.
    pub(super) fn is_person(&self, id: EntityId, name: &str) -> bool {
        name == USER && self.design.entities[id].link.is_some()
    }

    /// Where else a level's name is declared: as a member of the entity, or as a role of callers.
    fn other_meaning(&self, id: EntityId, name: &str, is_alone: bool) -> Option<Span> {
        let member = self.member(id, name).map(|member| member.span);
        member.or_else(|| {
            let auth = self.design.auth.as_ref()?;
            let role = self.role(name).filter(|_| is_alone)?;
            Some(auth.roles[role].origin)
        })
    }
}

/// The old name of an entity that has another one now.
fn renamed(entity: &Entity) -> Option<&str> {
    entity.was.as_ref()?.name.as_deref()
}

/// What a tie of an entity of another name was called.
fn old_tie(name: &str) -> Was {
    Was {
        name: Some(name.to_owned()),
        stored: plural(&snake(name)),
    }
}

/// What a reference to an entity of another name was called.
fn old_reference(name: &str) -> Was {
    Was {
        name: Some(name.to_owned()),
        stored: format!("{name}_id"),
    }
}

/// What the field of a tie is called that refers to the row.
fn reference_to(entity: &str) -> String {
    match snake(entity) {
        name if name == USER => String::from("row"),
        name => name,
    }
}

/// The field of the level.
fn level_field(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Shares => "level",
        LinkKind::Members => "role",
    }
}

/// A field that the server writes, without a default.
fn plain(name: &str, origin: Span) -> Field {
    Field {
        default: None::<Default>,
        mode: Mode::Open,
        ..timestamp(name, false, origin)
    }
}
