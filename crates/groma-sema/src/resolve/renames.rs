//! `was`: what something was called before, so that a rename is not taken for a loss and something new.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::design::{EntityId, Storage, Type, Was};
use groma_ir::spelling::snake;
use groma_syntax::ast::{self, AstNode};

use super::modifiers::Modifiers;
use super::plural::plural;
use super::{Member, Resolver};
use crate::rules::{misplaced_modifier, renamed_twice, still_there};

/// An old name, and what got another one.
pub(super) struct OldName {
    /// What it was called in the design, unless only the database called it otherwise.
    pub(super) name: Option<String>,
    /// What the database called it.
    pub(super) stored: String,
    /// What the database calls it now.
    pub(super) now: String,
    /// Where the old name is said.
    pub(super) span: Span,
}

/// What is there now: where something of this name is declared, and where something that the database calls so.
pub(super) struct Names {
    pub(super) declared: BTreeMap<String, Span>,
    pub(super) stored: BTreeMap<String, Span>,
}

impl Resolver<'_> {
    /// What an entity was called; somebody else's table is renamed by somebody else.
    pub(super) fn entity_was(&mut self, ast: &ast::Entity, storage: Storage) -> Option<Was> {
        let was = ast.was()?;
        if storage != Storage::Managed {
            self.report_misplaced(&was);
            return None;
        }
        old(&was, |name| plural(&snake(name)))
    }

    /// What a field was called; its column follows from that as it does from a name.
    pub(super) fn field_was(&mut self, id: EntityId, ty: &Type, modifiers: &Modifiers) -> Option<Was> {
        let was = modifiers.was.as_ref()?;
        if self.design.entities[id].storage != Storage::Managed {
            self.report_misplaced(was);
            return None;
        }
        old(was, |name| match ty {
            Type::Reference(_) => format!("{name}_id"),
            Type::Scalar(_) | Type::Enum(_) | Type::List(_) => name.to_owned(),
        })
    }

    fn report_misplaced(&mut self, was: &ast::Was) {
        let fits = "what this service keeps itself: what somebody else keeps, they rename";
        self.report(misplaced_modifier::misplaced_modifier(was.span(), "was", fits));
    }

    /// Reports old names that are those of something still, or of two things.
    pub(super) fn old_names(&mut self, what: &str, all: &[OldName], names: &Names) {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for old in all {
            let by_name = old.name.as_ref().and_then(|name| names.declared.get(name));
            // A name that only the design changed keeps its place in the database.
            let keeps = old.name.is_some() && old.stored == old.now;
            let stored = names.stored.get(&old.stored).filter(|_| !keeps);
            let said = old.name.as_ref().unwrap_or(&old.stored);
            if let Some(there) = by_name.or(stored) {
                self.report(still_there::still_there(old.span, *there, what, said));
            } else if let Some(earlier) = first.insert(&old.stored, old.span) {
                self.report(renamed_twice::renamed_twice(old.span, earlier, what, said));
            }
        }
    }

    /// Looks at what the entities were called.
    pub(super) fn old_entities(&mut self) {
        let mut all = Vec::new();
        let (mut declared, mut stored) = (BTreeMap::new(), BTreeMap::new());
        for (entity, source) in self.design.entities.iter().zip(&self.map.entities) {
            declared.insert(entity.name.clone(), entity.origin);
            if entity.storage != Storage::ExternalId {
                stored.insert(entity.table.clone(), entity.origin);
            }
            // What ties people to rows is renamed with those, and says nothing of its own.
            let said = source.ast.as_ref().and_then(ast::Entity::was);
            if let (Some(was), Some(said)) = (&entity.was, said) {
                all.push(old_name(was, &entity.table, said.span()));
            }
        }
        self.old_names("entity", &all, &Names { declared, stored });
    }

    /// Looks at what the fields of an entity were called.
    pub(super) fn old_fields(&mut self, id: EntityId) {
        let Some(source) = self.map.entities.get(groma_ir::Id::index(id)) else {
            return;
        };
        let entity = &self.design.entities[id];
        let trees = source.fields.iter();
        let said = |tree: &Option<ast::Field>| tree.as_ref()?.was().map(|was| was.span());
        let all: Vec<OldName> = entity
            .fields
            .iter()
            .zip(trees)
            .filter_map(|(field, tree)| Some(old_name(field.was.as_ref()?, &field.column, said(tree)?)))
            .collect();
        let members = source.members.iter();
        let names = Names {
            declared: members
                .map(|(name, Member { span, .. })| (name.clone(), *span))
                .collect(),
            stored: entity
                .fields
                .iter()
                .map(|field| (field.column.clone(), field.origin))
                .collect(),
        };
        self.old_names("field", &all, &names);
    }

    /// Looks at what the values of an enum, or levels, were called.
    pub(super) fn old_values(&mut self, all: &[(String, Span)], now: BTreeMap<String, Span>) {
        let all: Vec<OldName> = all
            .iter()
            .map(|(name, span)| OldName {
                name: Some(name.clone()),
                stored: name.clone(),
                now: String::new(),
                span: *span,
            })
            .collect();
        let names = Names {
            declared: now,
            stored: BTreeMap::new(),
        };
        self.old_names("value", &all, &names);
    }
}

fn old_name(was: &Was, now: &str, span: Span) -> OldName {
    OldName {
        name: was.name.clone(),
        stored: was.stored.clone(),
        now: now.to_owned(),
        span,
    }
}

fn old(was: &ast::Was, stored: impl Fn(&str) -> String) -> Option<Was> {
    if let Some(text) = was.stored() {
        return Some(Was {
            name: None,
            stored: text.value(),
        });
    }
    let name = was.name()?.text();
    Some(Was {
        stored: stored(&name),
        name: Some(name),
    })
}
