//! What entities say beside their fields: inverses, `unique`, `index`, `check`.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::Id;
use groma_ir::design::{Check, Cond, EntityId, FieldId, Index, Inverse, Storage, Type, Unique};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode};

use super::conds::{Place, Scope};
use super::entities::doc;
use super::{MemberKind, Resolver};
use crate::rules::{
    contradiction, key_type, list_without_via, misplaced_clause, misplaced_modifier, said_twice, wrong_field,
};

/// `tasks: [Task] via project`, until all references are known.
pub(super) struct PendingInverse {
    /// Where it stands.
    here: EntityId,
    ast: ast::Field,
    /// Whose rows it lists.
    there: EntityId,
    via: ast::Path,
}

impl Resolver<'_> {
    /// Keeps an inverse until all references are known.
    pub(super) fn inverse(&mut self, here: EntityId, ast: &ast::Field, there: EntityId, via: ast::Path) {
        let optional = ast.ty().filter(ast::Type::is_optional);
        if let Some(ty) = optional {
            self.report(misplaced_modifier::misplaced_modifier(
                ty.span(),
                "?",
                "stored fields",
            ));
        }
        if let Some(modifier) = ast.modifiers().next() {
            let word = modifier.source().trim().to_owned();
            self.report(misplaced_modifier::misplaced_modifier(
                modifier.span(),
                &word,
                "stored fields",
            ));
        }
        self.pending.push(PendingInverse {
            here,
            ast: ast.clone(),
            there,
            via,
        });
    }

    pub(super) fn entity_members(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            self.finish_inverse(&pending);
        }
        for id in self.design.entities.ids() {
            let source = self.map.entities.get(id.index());
            let Some(ast) = source.and_then(|source| source.ast.clone()) else {
                continue;
            };
            self.endless_key(id);
            for member in ast.members() {
                if self.is_idle_elsewhere(id, &member) {
                    continue;
                }
                match member {
                    ast::Member::Unique(it) => self.unique(id, &it),
                    ast::Member::Index(it) => self.index(id, &it),
                    ast::Member::Check(it) => self.check(id, &it),
                    ast::Member::States(it) => self.states(id, &it),
                    ast::Member::Field(_)
                    | ast::Member::Timestamps(_)
                    | ast::Member::Shared(_)
                    | ast::Member::Members(_) => {}
                }
            }
        }
    }

    /// Whether a member says what somebody else would have to see to; says so.
    fn is_idle_elsewhere(&mut self, id: EntityId, member: &ast::Member) -> bool {
        let word = match member {
            ast::Member::Index(_) => "index",
            ast::Member::Check(_) => "check",
            ast::Member::States(_) => "states",
            ast::Member::Field(_)
            | ast::Member::Timestamps(_)
            | ast::Member::Unique(_)
            | ast::Member::Shared(_)
            | ast::Member::Members(_) => return false,
        };
        if self.design.entities[id].storage == Storage::Managed {
            return false;
        }
        let here = "an entity that somebody else owns";
        let fits = "an entity of this service: here nothing is made or changed";
        let found = misplaced_clause::misplaced_clause(member.span(), word, here, fits);
        self.report(found);
        true
    }

    fn finish_inverse(&mut self, pending: &PendingInverse) {
        let PendingInverse {
            here,
            ast,
            there,
            via,
        } = pending;
        let (Some(name), Some(by)) = (ast.name(), via.single()) else {
            if via.single().is_none() {
                self.unsupported(via.span(), "a list over more than one reference");
            }
            return;
        };
        let Some(member) = self.member(*there, &by.text()) else {
            self.unknown_member(*there, by.span(), &by.text(), true);
            return;
        };
        let field = match member.kind {
            MemberKind::Field(field) if !self.is_broken(*there, field) => Some(field),
            MemberKind::Field(_) | MemberKind::Broken => return,
            MemberKind::Inverse => None,
        };
        let target = field.and_then(|field| self.design.entities[*there].fields[field].ty.target());
        let (Some(field), true) = (field, target == Some(*here)) else {
            let found = list_without_via::via_elsewhere(
                by.span(),
                (&by.text(), member.span),
                target.map(|target| self.design.entities[target].name.as_str()),
                &self.design.entities[*here].name,
            );
            self.report(found);
            return;
        };
        self.design.entities[*here].inverses.push(Inverse {
            name: name.text(),
            entity: *there,
            via: field,
            doc: doc(ast),
            origin: ast.span(),
        });
    }

    /// A key that is a reference must end at a value.
    fn endless_key(&mut self, id: EntityId) {
        let mut at = id;
        for _ in 0..=self.design.entities.len() {
            let entity = &self.design.entities[at];
            match entity.fields[entity.key].ty.target() {
                Some(next) if next == id => {
                    let entity = &self.design.entities[id];
                    let found = key_type::endless_key(entity.fields[entity.key].origin, &entity.name);
                    self.report(found);
                    return;
                }
                Some(next) => at = next,
                None => return,
            }
        }
    }

    fn unique(&mut self, id: EntityId, ast: &ast::Unique) {
        let fields = self.columns(id, ast.paths(), "unique");
        let place = Place::stored(id, Scope::Check, "`unique`");
        let when = ast.when().map(|when| self.cond(&place, &when));
        let (Some(fields), false) = (fields, matches!(when, Some(None))) else {
            return;
        };
        self.design.entities[id].uniques.push(Unique {
            fields,
            when: when.flatten(),
            origin: ast.span(),
        });
    }

    fn index(&mut self, id: EntityId, ast: &ast::Index) {
        if let Some(when) = ast.when() {
            self.unsupported(when.span(), "an index over some of the rows");
        }
        if let Some(fields) = self.columns(id, ast.paths(), "index") {
            let of = &self.design.entities[id].fields;
            if let Some(first) = fields.first().filter(|first| of[**first].unindexed) {
                let why = format!("this index begins with `{}`", of[*first].name);
                let found = contradiction::contradiction(ast.span(), "`index`", "`unindexed`", &why);
                self.report(found);
            }
            self.design.entities[id].indexes.push(Index {
                fields,
                origin: ast.span(),
            });
        }
    }

    /// Fields that an index can hold, each once; `None` if one of them is broken.
    fn columns(
        &mut self,
        id: EntityId,
        paths: impl Iterator<Item = ast::Path>,
        clause: &str,
    ) -> Option<Vec<FieldId>> {
        let mut fields = Some(Vec::new());
        for (field, path) in self.field_list(id, paths, clause) {
            let is_compared = match field.map(|field| &self.design.entities[id].fields[field].ty) {
                Some(Type::List(_) | Type::Scalar(Scalar::Json)) => false,
                Some(Type::Scalar(_) | Type::Enum(_) | Type::Reference(_)) | None => true,
            };
            if !is_compared {
                let why = "a list or JSON is not compared as a whole";
                self.report(wrong_field::wrong_field(path.span(), &path.text(), clause, why));
            }
            match (&mut fields, field.filter(|_| is_compared)) {
                (Some(list), Some(field)) => list.push(field),
                (fields, None) => *fields = None,
                (None, Some(_)) => {}
            }
        }
        fields.filter(|fields| !fields.is_empty())
    }

    /// The fields of a list of names; those that are broken are reported and come as `None`, and one that is named twice
    /// is left out.
    pub(super) fn field_list(
        &mut self,
        id: EntityId,
        paths: impl Iterator<Item = ast::Path>,
        clause: &str,
    ) -> Vec<(Option<FieldId>, ast::Path)> {
        let mut first: BTreeMap<FieldId, Span> = BTreeMap::new();
        let mut list = Vec::new();
        for path in paths {
            let field = self.field_path(id, &path, clause);
            let earlier = field.and_then(|field| first.get(&field).copied());
            match (earlier, field) {
                (Some(earlier), _) => {
                    let what = format!("`{}`", path.text());
                    self.report(said_twice::said_twice(path.span(), earlier, &what));
                    continue;
                }
                (None, Some(field)) => {
                    first.insert(field, path.span());
                }
                (None, None) => {}
            }
            list.push((field, path));
        }
        list
    }

    /// The stored field that a path names; what is wrong with it is reported.
    pub(super) fn field_path(&mut self, id: EntityId, path: &ast::Path, clause: &str) -> Option<FieldId> {
        let first = path.first()?;
        let text = first.text();
        let Some(member) = self.member(id, &text) else {
            self.unknown_member(id, first.span(), &text, true);
            return None;
        };
        let why = match member.kind {
            MemberKind::Broken => return None,
            MemberKind::Field(field) if self.is_broken(id, field) => return None,
            MemberKind::Field(field) if path.single().is_some() => return Some(field),
            MemberKind::Field(_) => "only the fields of the row itself can stand here",
            MemberKind::Inverse => "it is a list of other rows, which this one does not store",
        };
        self.report(wrong_field::wrong_field(path.span(), &path.text(), clause, why));
        None
    }

    fn check(&mut self, id: EntityId, ast: &ast::Check) {
        let place = Place::stored(id, Scope::Check, "`check`");
        let cond = ast.cond().and_then(|cond| self.cond(&place, &cond));
        let when = ast.when().map(|when| self.cond(&place, &when));
        let cond = match (cond, when) {
            (Some(cond), None) => cond,
            (Some(cond), Some(Some(when))) => Cond::Or(vec![Cond::Not(Box::new(when)), cond]),
            (None, _) | (_, Some(None)) => return,
        };
        let text = ast.source();
        let text = text.trim().strip_prefix("check").unwrap_or(&text);
        self.design.entities[id].checks.push(Check {
            cond,
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            origin: ast.span(),
        });
    }
}
