//! What a token says of its caller beside who they are: roles and other claims.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::Arena;
use groma_ir::design::{CallerClaim, ClaimId, ClaimType, Role, RoleId, RoleSet, Type};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode};

use super::Resolver;
use super::slips::{Slip, Trust, Where};
use super::types::TypeUse;
use crate::rules::reserved_name::Naming;
use crate::rules::{bad_setting, declared_twice};

impl Resolver<'_> {
    pub(super) fn roles(&mut self, ast: &ast::Auth) -> (Arena<RoleId, Role>, Option<String>, Option<RoleId>) {
        let mut said = None;
        for item in ast.items() {
            if let ast::AuthItem::Roles(it) = item {
                self.once(&mut said, it, "`roles`");
            }
        }
        let mut roles: Arena<RoleId, Role> = Arena::default();
        let Some(said) = said else {
            return (roles, None, None);
        };
        let mut by_name: BTreeMap<String, (RoleId, Span)> = BTreeMap::new();
        let mut below = RoleSet::EMPTY;
        for name in said.levels().into_iter().flat_map(|levels| levels.names()) {
            let text = name.text();
            self.check_name(&name, Naming::Role);
            if let Some((_, earlier)) = by_name.get(&text) {
                let what = format!("role `{text}`");
                let found = declared_twice::declared_twice(name.span(), *earlier, &what);
                self.report(found);
                continue;
            }
            if roles.len() == RoleSet::MOST {
                self.report(bad_setting::bad_setting(name.span(), "roles", "at most 64 roles"));
                break;
            }
            let id = roles.next_id();
            below = below.with(id);
            roles.push(Role {
                name: text.clone(),
                includes: below,
                origin: name.span(),
            });
            by_name.insert(text, (id, name.span()));
        }
        let claim = match said.origin() {
            Some(origin) => self.claim_of(&origin),
            None => Some(String::from("role")),
        };
        let default = said.default().and_then(|name| {
            let found = by_name.get(&name.text()).map(|(id, _)| *id);
            if found.is_none() {
                self.unknown_role(&name, &by_name);
            }
            found
        });
        (roles, claim, default)
    }

    fn unknown_role(&mut self, name: &ast::Name, roles: &BTreeMap<String, (RoleId, Span)>) {
        let text = name.text();
        let meant = self.guess(&text, roles.keys().map(String::as_str));
        let declared = |meant: &String| roles.get(meant).map(|(_, span)| *span);
        self.slip(Slip {
            span: name.span(),
            wanted: "role",
            place: Where::Auth,
            meant: meant.map(|meant| (meant.clone(), declared(&meant))),
            trust: Trust::Never,
            note: None,
            name: text,
        });
    }

    pub(super) fn claims(&mut self, ast: &ast::Auth) -> Arena<ClaimId, CallerClaim> {
        let mut claims = Arena::default();
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        let all = ast.items().filter_map(|item| match item {
            ast::AuthItem::Claims(it) => Some(it),
            _ => None,
        });
        for claim in all.flat_map(|claims| claims.claims()) {
            let (Some(name), Some(ty)) = (claim.name(), claim.ty()) else {
                continue;
            };
            let text = name.text();
            self.check_name(&name, Naming::Member);
            if let Some(earlier) = first.get(&text).copied() {
                let what = format!("claim `{text}`");
                self.report(declared_twice::declared_twice(name.span(), earlier, &what));
                continue;
            }
            first.insert(text.clone(), name.span());
            let ty = self.claim_type(&ty, &text);
            let source = match claim.origin() {
                Some(origin) => self.claim_of(&origin),
                None => Some(text.clone()),
            };
            // A claim that is broken is kept, so that nothing else misses it.
            claims.push(CallerClaim {
                claim: source.unwrap_or_else(|| text.clone()),
                name: text,
                ty,
                origin: claim.span(),
            });
        }
        claims
    }

    fn claim_type(&mut self, ast: &ast::Type, name: &str) -> ClaimType {
        if let Some(bounds) = ast.args().next() {
            self.unsupported(bounds.span(), "a claim with bounds");
        }
        let used = self.ty(ast, &format!("auth.claims.{name}"));
        match used {
            TypeUse::Stored {
                ty: Type::Scalar(Scalar::Bool),
                ..
            } => ClaimType::Bool,
            TypeUse::Stored {
                ty: Type::Scalar(Scalar::Int(_)),
                ..
            } => ClaimType::Int,
            TypeUse::Stored {
                ty: Type::Scalar(Scalar::Text(_)),
                ..
            } => ClaimType::Text,
            TypeUse::Broken => {
                self.broken_claims.insert(name.to_owned());
                ClaimType::Text
            }
            TypeUse::Stored { .. } | TypeUse::Inverse { .. } | TypeUse::ListOfRows { .. } => {
                let help = format!("write `{name}: text from claim ..`");
                let found = bad_setting::missing(ast.span(), "a claim is `text`, `int` or `bool`", &help);
                self.report(found);
                self.broken_claims.insert(name.to_owned());
                ClaimType::Text
            }
        }
    }
}
