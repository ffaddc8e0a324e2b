//! Ties between people and rows that are not written as rows: the rules of shares of which nothing is said, and the
//! members that an action makes.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::design::{Creation, Effect, FieldId, LinkKind, Path, Row, Rule, Storage, Verb, VerbUse, Who};
use groma_syntax::ast::{self, AstNode};

use super::conds::Place;
use super::links::USER;
use super::{MemberKind, Resolver};
use crate::rules::{bad_link, said_twice, set_field};

impl Resolver<'_> {
    /// `create Team.members { team: team, user: caller, role: role }` in an action.
    pub(super) fn creations(&mut self, place: &Place, all: &[ast::CreateRow]) -> Vec<Creation> {
        all.iter().filter_map(|ast| self.creation(place, ast)).collect()
    }

    fn creation(&mut self, place: &Place, ast: &ast::CreateRow) -> Option<Creation> {
        let (path, values) = (ast.entity()?, ast.values()?);
        let made = self.ruled(&path)?;
        let entity = &self.design.entities[made];
        let is_ours = entity.storage == Storage::Managed;
        let Some(link) = entity.link.clone().filter(|_| is_ours) else {
            self.unsupported(
                path.span(),
                "making anything but a share or a member in an action",
            );
            return None;
        };
        let mut first: BTreeMap<FieldId, Span> = BTreeMap::new();
        let mut sets = Vec::new();
        let mut is_whole = true;
        for pair in values.pairs() {
            let (Some(name), Some(value)) = (pair.name(), pair.value()) else {
                continue;
            };
            let text = name.text();
            let Some(MemberKind::Field(field)) = self.member(made, &text).map(|member| member.kind) else {
                self.unknown_member(made, name.span(), &text, false);
                is_whole = false;
                continue;
            };
            if field == self.design.entities[made].key {
                self.report(set_field::key(name.span(), &text));
                continue;
            }
            if let Some(earlier) = first.insert(field, name.span()) {
                let found = said_twice::said_twice(name.span(), earlier, &format!("`{text}`"));
                self.report(found);
                continue;
            }
            match self.assign(place, (made, field), &value) {
                Some(assign) => sets.push((field, assign)),
                None => is_whole = false,
            }
        }
        for field in [link.parent, link.user, link.level] {
            if is_whole && !first.contains_key(&field) {
                let field = &self.design.entities[made].fields[field];
                let found = bad_link::lacks(values.span(), &path.text(), &field.name);
                self.report(found);
            }
        }
        Some(Creation {
            entity: made,
            sets,
            origin: ast.span(),
        })
    }

    /// The rules of shares of which the author says nothing: whoever may share the row sees and changes them, and
    /// everybody sees and leaves their own.
    pub(super) fn usual_shares(&mut self) {
        for tie in self.design.entities.ids() {
            let entity = &self.design.entities[tie];
            let Some(link) = entity.link.clone().filter(|link| link.kind == LinkKind::Shares) else {
                continue;
            };
            if entity.access_origin.is_some() {
                continue;
            }
            let Some(parent) = self.parent_of(tie) else {
                continue;
            };
            let origin = entity.origin;
            let name = entity.fields[link.parent].name.clone();
            let path = |field| Path {
                row: Row::This,
                steps: vec![field],
            };
            let sharer = Who::Can {
                verb: Verb::Share,
                path: path(link.parent),
                entity: parent,
            };
            let rule = |verbs: &[Verb], who: Who, text: String| Rule {
                effect: Effect::Allow,
                verbs: verbs
                    .iter()
                    .map(|verb| VerbUse {
                        verb: *verb,
                        fields: Vec::new(),
                    })
                    .collect(),
                who: vec![who],
                except: Vec::new(),
                when: None,
                text,
                origin,
            };
            let all = [Verb::Create, Verb::Read, Verb::Update, Verb::Delete];
            let rules = vec![
                rule(&all, sharer, format!("allow all to can share {name}")),
                rule(
                    &[Verb::Read, Verb::Delete],
                    Who::Path(path(link.user)),
                    format!("allow read, delete to {USER}"),
                ),
            ];
            self.design.entities[tie].rules = rules;
            let parent = self.design.entities[parent].name.clone();
            self.assume(
                format!("{parent}.shares.access"),
                format!(
                    "Whoever may share a {parent} sees, grants, changes and revokes its shares; everybody sees and leaves their own."
                ),
                Some(origin),
            );
        }
    }
}
