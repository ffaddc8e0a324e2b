//! Who a rule is about: a closed set of constructs, so that access can be decided.

use groma_diag::Span;
use groma_ir::design::{EntityId, Path, RoleId, Row, Storage, Verb, Who};
use groma_syntax::ast::{self, AstNode};

use super::conds::Scope;
use super::links::Levelled;
use super::slips::{Slip, Trust, Where};
use super::{MemberKind, Resolver};
use crate::rules::{ambiguous_who, empty_hole, not_here, said_twice, who_path};

/// More steps than this are no path that anybody can follow.
const LONGEST: usize = 8;

impl Resolver<'_> {
    pub(super) fn whos(
        &mut self,
        id: EntityId,
        scope: Scope,
        all: impl Iterator<Item = ast::Who>,
    ) -> Vec<Who> {
        let mut whos: Vec<(Who, Span)> = Vec::new();
        for ast in all {
            let Some(who) = self.who(id, scope, &ast) else {
                continue;
            };
            // A rule names a handful of people; past that, being named twice costs nothing but a byte.
            let earlier = whos.iter().take(64).find(|(earlier, _)| *earlier == who);
            if let Some((_, earlier)) = earlier {
                let what = format!("`{}`", ast.source().trim());
                let found = said_twice::said_twice(ast.span(), *earlier, &what);
                self.report(found);
                continue;
            }
            whos.push((who, ast.span()));
        }
        whos.into_iter().map(|(who, _)| who).collect()
    }

    fn who(&mut self, id: EntityId, scope: Scope, ast: &ast::Who) -> Option<Who> {
        match ast {
            ast::Who::Path(path) => self.path_who(id, scope, path),
            ast::Who::Can(can) => self.can(id, scope, can),
            ast::Who::Hole(hole) => self.who_hole(id, scope, hole),
        }
    }

    fn who_hole(&mut self, id: EntityId, scope: Scope, hole: &ast::Hole) -> Option<Who> {
        let provisional = match hole.term() {
            Some(ast::Term::Path(path)) => Some(path),
            _ => None,
        };
        let Some(path) = provisional else {
            self.report(empty_hole::empty_hole(hole.span(), "owner"));
            return None;
        };
        let subject = format!("{}.access", self.design.entities[id].name);
        self.hole(subject, Some(path.text()), hole);
        self.path_who(id, scope, &path)
    }

    fn path_who(&mut self, id: EntityId, scope: Scope, path: &ast::Path) -> Option<Who> {
        let Some(name) = path.single() else {
            return match self.level_who(id, scope, path) {
                Levelled::Who(who) => Some(who),
                Levelled::Wrong => None,
                Levelled::Other => self.user_path(id, scope, path),
            };
        };
        let text = name.text();
        if text == "everyone" {
            return Some(Who::Everyone);
        }
        if text == "authenticated" {
            if self.design.auth.is_none() {
                self.no_auth(path.span(), "`authenticated`");
                return None;
            }
            return Some(Who::Authenticated);
        }
        match self.level_who(id, scope, path) {
            Levelled::Who(who) => return Some(who),
            Levelled::Wrong => return None,
            Levelled::Other => {}
        }
        let role = self.role(&text).filter(|_| !self.is_person(id, &text));
        let member = self.member(id, &text);
        match (role, member) {
            (Some(role), None) => Some(Who::Role(role)),
            (Some(role), Some(member)) => {
                let declared = self.design.auth.as_ref().map(|auth| auth.roles[role].origin);
                // The two names are the mistake, however often a rule speaks of them.
                if self.ambiguous.insert(text.clone()) {
                    let declared = declared.unwrap_or(member.span);
                    let found = ambiguous_who::ambiguous_who(path.span(), &text, declared, member.span);
                    self.report(found);
                }
                None
            }
            (None, Some(_)) => self.user_path(id, scope, path),
            (None, None) => {
                self.unknown_who(id, path.span(), &text);
                None
            }
        }
    }

    pub(super) fn role(&self, name: &str) -> Option<RoleId> {
        let auth = self.design.auth.as_ref()?;
        let found = auth.roles.entries().find(|(_, role)| role.name == name);
        found.map(|(id, _)| id)
    }

    fn unknown_who(&mut self, id: EntityId, span: Span, name: &str) {
        if self.said_no_auth && self.design.auth.is_none() {
            return;
        }
        let roles = self.design.auth.iter().flat_map(|auth| auth.roles.iter());
        let entity = &self.design.entities[id];
        let fields = entity.fields.iter().filter(|field| field.ty.target().is_some());
        let mut names = ["everyone", "authenticated"]
            .into_iter()
            .chain(roles.map(|role| role.name.as_str()))
            .chain(self.levels(id))
            .chain(fields.map(|field| field.name.as_str()));
        let meant = match name {
            "anyone" | "public" | "anonymous" | "all" => Some(String::from("everyone")),
            "user" | "users" | "signed_in" | "caller" | "self" => Some(String::from("authenticated")),
            _ => self.guess(name, &mut names),
        };
        drop(names);
        let declared = meant.as_deref().and_then(|meant| self.declared_who(id, meant));
        self.slip(Slip {
            name: name.to_owned(),
            span,
            wanted: "role or field",
            place: Where::Who(id),
            meant: meant.map(|meant| (meant, declared)),
            trust: Trust::Never,
            note: None,
        });
    }

    /// Where a role or a field is declared.
    fn declared_who(&self, id: EntityId, name: &str) -> Option<Span> {
        let role = self.role(name);
        let auth = self.design.auth.as_ref();
        let role = role.and_then(|role| auth.map(|auth| auth.roles[role].origin));
        role.or_else(|| self.member(id, name).map(|member| member.span))
    }

    /// A path that ends at the caller: `owner`, `post.author`, `new.project.owner`.
    fn user_path(&mut self, id: EntityId, scope: Scope, path: &ast::Path) -> Option<Who> {
        let (way, target) = self.walk(id, scope, path)?;
        let Some(caller) = self.design.caller_entity() else {
            self.no_auth(path.span(), &format!("`{}`", path.text()));
            return None;
        };
        if target == caller {
            return Some(Who::Path(way));
        }
        let names = (
            &self.design.entities[target].name,
            &self.design.entities[caller].name,
        );
        let found = who_path::no_user(path.span(), &path.text(), names.0, names.1);
        self.report(found);
        None
    }

    /// The references of a path, and the entity at its end; what is wrong on the way is reported.
    fn walk(&mut self, id: EntityId, scope: Scope, path: &ast::Path) -> Option<(Path, EntityId)> {
        let names: Vec<ast::Name> = path.names().collect();
        let (row, names) = match names.as_slice() {
            [first, rest @ ..] if first.is("new") => (Row::New, rest),
            all => (Row::This, all),
        };
        if row == Row::New && scope != Scope::Change {
            let clause = "a rule for reading or deleting";
            self.report(not_here::not_here(
                path.span(),
                "new",
                clause,
                not_here::NO_CHANGE,
            ));
            return None;
        }
        if names.is_empty() || names.len() > LONGEST {
            self.report(who_path::bad_length(path.span(), LONGEST));
            return None;
        }
        let mut at = id;
        let mut steps = Vec::new();
        for name in names {
            let text = name.text();
            let Some(member) = self.member(at, &text) else {
                self.unknown_member(at, name.span(), &text, false);
                return None;
            };
            let field = match member.kind {
                MemberKind::Broken => return None,
                MemberKind::Field(field) if self.is_broken(at, field) => return None,
                MemberKind::Field(field) => Some(field),
                MemberKind::Inverse => None,
            };
            let target = field.and_then(|field| self.design.entities[at].fields[field].ty.target());
            let (Some(field), Some(target)) = (field, target) else {
                let found = who_path::no_reference(name.span(), &text, member.span);
                self.report(found);
                return None;
            };
            steps.push(field);
            at = target;
        }
        Some((Path { row, steps }, at))
    }

    fn can(&mut self, id: EntityId, scope: Scope, ast: &ast::Can) -> Option<Who> {
        let (name, path) = (ast.verb()?, ast.path()?);
        let (way, entity) = self.walk(id, scope, &path)?;
        let verb = self.named_verb(entity, &name)?;
        if verb == Verb::Create {
            self.report(who_path::can_create(name.span()));
            return None;
        }
        if self.design.entities[entity].storage == Storage::ExternalId {
            let found = who_path::nothing_known(path.span(), &self.design.entities[entity].name);
            self.report(found);
            return None;
        }
        Some(Who::Can {
            verb,
            path: way,
            entity,
        })
    }
}
