//! Ties between people and rows that are not written as rows: the rules of shares of which nothing is said, and the
//! members that an action makes.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::Arena;
use groma_ir::design::{
    Admission, Creation, Effect, EntityId, FieldId, LinkKind, Parent, Path, Read, Resource, Row, Rule,
    Segment, Storage, Verb, VerbUse, Who, Write,
};
use groma_syntax::ast::{self, AstNode};

use super::conds::Place;
use super::links::USER;
use super::writes::{create, delete, write};
use super::{MemberKind, Resolver};
use crate::rules::{bad_link, said_twice, set_field};

impl Resolver<'_> {
    /// The resources of the ties that a resource asks for by `shares` and `members`: below its rows, each found by its
    /// person. A verb that no rule allows to anybody has no route; where both are allowed, `PUT` makes the tie or changes
    /// it.
    pub(super) fn tie_resources(&mut self, above: &Resource, ast: &ast::Resource) -> Vec<Resource> {
        let mut resources = Vec::new();
        for item in ast.items() {
            let ast::ResourceItem::Operations(operations) = item else {
                continue;
            };
            for name in operations.names() {
                let kind = match name.text().as_str() {
                    "shares" => LinkKind::Shares,
                    "members" => LinkKind::Members,
                    _ => continue,
                };
                if operations.is_public() {
                    self.unsupported(name.span(), &format!("`public` of `{}`", kind.word()));
                }
                for clause in operations
                    .clauses()
                    .filter(|it| !matches!(it, ast::Clause::Public(_)))
                {
                    let word = super::writes::clause_word(&clause);
                    self.unsupported(clause.span(), &format!("`{word}` in `{}`", kind.word()));
                }
                if let Some(tie) = self.design.link_of(above.entity, kind) {
                    resources.extend(self.tie_resource(above, tie, name.span()));
                } else {
                    let entity = &self.design.entities[above.entity].name;
                    let found = bad_link::nothing_tied(name.span(), entity, kind.word());
                    self.report(found);
                }
            }
        }
        resources
    }

    fn tie_resource(&mut self, above: &Resource, tie: EntityId, origin: Span) -> Option<Resource> {
        let link = self.design.entities[tie].link.clone()?;
        let parent = &self.design.entities[above.entity];
        let field = &self.design.entities[tie].fields[link.parent];
        let mut path = above.path.clone();
        path.push(Segment::Parent(Parent {
            name: super::paths::parameter(&field.name, parent, above.by),
            field: link.parent,
            entity: above.entity,
            by: above.by,
        }));
        path.push(Segment::Literal(link.kind.word().to_owned()));
        let entity = &self.design.entities[tie];
        super::paths::number(&mut path, &entity.fields[link.user].wire);
        let is_ours = entity.storage == Storage::Managed;
        let allows = |verb: Verb| {
            let mut rules = entity.rules.iter().filter(|rule| rule.effect == Effect::Allow);
            rules.any(|rule| rule.verbs.iter().any(|used| used.verb == verb))
        };
        let (reads, creates) = (allows(Verb::Read), is_ours && allows(Verb::Create));
        let (updates, deletes) = (is_ours && allows(Verb::Update), is_ours && allows(Verb::Delete));
        // Ties are people's: never without a token.
        let admission = Admission::default();
        let mut list = reads.then(|| self.usual_list(tie, origin, admission));
        if let Some(list) = &mut list {
            list.filters.retain(|filter| filter.field != link.parent);
        }
        Some(Resource {
            path,
            entity: tie,
            by: link.user,
            list,
            create: creates.then(|| create(vec![link.user, link.level], admission, origin)),
            read: reads.then(|| Read {
                include: Vec::new(),
                admission,
                origin,
            }),
            update: updates.then(|| write(vec![link.level], admission, origin)),
            replace: (creates && updates).then(|| Write {
                makes: true,
                ..write(vec![link.level], admission, origin)
            }),
            delete: deletes.then(|| delete(admission, origin)),
            actions: Vec::new(),
            reports: Arena::default(),
            doc: None,
            origin,
        })
    }

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
