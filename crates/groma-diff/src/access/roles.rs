//! Roles of two designs as one set.
//!
//! What a token says are names of roles; what they bring differs from design to design. So each role of a design
//! becomes a predicate over names: `user` is held by whoever's token names a role that includes it, or names none where
//! it is the default one. Between the roles of the joint design only those inclusions are kept that hold in both.

use std::collections::BTreeMap;

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Auth, CallerClaim, Design, Role, RoleId, RoleSet};
use groma_ir::{Arena, Id};

use super::translate::Translator;

pub(super) fn join(
    design: &mut Design,
    (old, from_old): (&Design, &mut Translator),
    (new, from_new): (&Design, &mut Translator),
) {
    match (&old.auth, &new.auth) {
        (_, None) => {
            design.auth.clone_from(&old.auth);
            if let Some(auth) = &mut design.auth {
                auth.caller = from_old.entity(auth.caller);
            }
            from_old.roles = plain(old.auth.as_ref());
            from_old.claims = ids(old.auth.as_ref());
        }
        (None, Some(_)) => {}
        (Some(was), Some(is)) => {
            let Some(auth) = &mut design.auth else {
                unreachable!("the joint design has the callers of the new one");
            };
            claims(auth, was, from_old);
            if !is_same(was, is) {
                let joint = Names::of(was, is);
                auth.roles = joint.roles(was, is);
                auth.default_role = joint.default(was, is);
                from_old.roles = joint.preds(was);
                from_new.roles = joint.preds(is);
                return;
            }
            from_old.roles = plain(Some(was));
        }
    }
    from_new.roles = plain(new.auth.as_ref());
}

/// Each role as itself.
fn plain(auth: Option<&Auth>) -> Vec<Pred> {
    let roles = auth.into_iter().flat_map(|auth| auth.roles.ids());
    roles.map(|role| Pred::Atom(Atom::Role(role))).collect()
}

fn ids(auth: Option<&Auth>) -> Vec<groma_ir::design::ClaimId> {
    auth.into_iter().flat_map(|auth| auth.claims.ids()).collect()
}

fn claims(auth: &mut Auth, old: &Auth, into: &mut Translator) {
    for claim in &old.claims {
        let is_same = |(_, other): &(_, &CallerClaim)| other.claim == claim.claim && other.ty == claim.ty;
        let same = auth.claims.entries().find(is_same).map(|(id, _)| id);
        into.claims
            .push(same.unwrap_or_else(|| auth.claims.push(claim.clone())));
    }
}

fn is_same(old: &Auth, new: &Auth) -> bool {
    let roles = |auth: &Auth| -> Vec<(String, RoleSet)> {
        let roles = auth.roles.iter();
        roles.map(|role| (role.name.clone(), role.includes)).collect()
    };
    roles(old) == roles(new) && default(old) == default(new)
}

fn default(auth: &Auth) -> Option<&str> {
    auth.default_role.map(|role| auth.roles[role].name.as_str())
}

fn role(auth: &Auth, name: &str) -> Option<RoleId> {
    let mut roles = auth.roles.entries();
    roles.find(|(_, role)| role.name == name).map(|(id, _)| id)
}

/// The names of the roles of both designs.
struct Names(Vec<String>);

impl Names {
    fn of(old: &Auth, new: &Auth) -> Self {
        let mut names: Vec<String> = new.roles.iter().map(|role| role.name.clone()).collect();
        for role in &old.roles {
            if !names.contains(&role.name) {
                names.push(role.name.clone());
            }
        }
        // INVARIANT: a set of roles has no room for more; a design with half as many roles is not sane.
        names.truncate(RoleSet::MOST);
        Self(names)
    }

    fn id(&self, name: &str) -> Option<RoleId> {
        self.0.iter().position(|known| known == name).map(RoleId::new)
    }

    fn roles(&self, old: &Auth, new: &Auth) -> Arena<RoleId, Role> {
        let roles = self.0.iter().map(|name| {
            let brings = |other: &&String| {
                [old, new]
                    .into_iter()
                    .all(|auth| match (role(auth, name), role(auth, other)) {
                        (Some(role), Some(other)) => auth.roles[role].includes.contains(other),
                        (None, None) => true,
                        (Some(_), None) | (None, Some(_)) => false,
                    })
            };
            let brought = self.0.iter().filter(|other| *other == name || brings(other));
            let includes = brought.filter_map(|other| self.id(other));
            let origin = role(new, name).map_or(old.origin, |role| new.roles[role].origin);
            Role {
                name: name.clone(),
                includes: includes.fold(RoleSet::EMPTY, RoleSet::with),
                origin,
            }
        });
        roles.collect()
    }

    fn default(&self, old: &Auth, new: &Auth) -> Option<RoleId> {
        let name = default(new)?;
        (default(old) == Some(name)).then(|| self.id(name)).flatten()
    }

    /// Each role of a design, as what a token must say.
    fn preds(&self, auth: &Auth) -> Vec<Pred> {
        let atoms: BTreeMap<RoleId, Pred> = auth
            .roles
            .entries()
            .filter_map(|(id, role)| Some((id, Pred::Atom(Atom::Role(self.id(&role.name)?)))))
            .collect();
        let named = Pred::any(atoms.values().cloned());
        let unnamed = Pred::all([Pred::Atom(Atom::Authenticated), named.negate()]);
        let held = |role: RoleId| {
            let brings = |by: RoleId| auth.roles[by].includes.contains(role);
            let by_name = atoms
                .iter()
                .filter(|(by, _)| brings(**by))
                .map(|(_, atom)| atom.clone());
            let by_default = auth
                .default_role
                .filter(|by| brings(*by))
                .map(|_| unnamed.clone());
            Pred::any(by_name.chain(by_default))
        };
        auth.roles.ids().map(held).collect()
    }
}
