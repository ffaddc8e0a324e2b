//! Levels that are given by somebody who has less.

use groma_ir::access::{Atom, Pred, kinds_of_caller};
use groma_ir::design::{Compare, EntityId, Link, Path, Row, Term, Value, VariantId, Verb};

use super::{Analysis, Situation, Wants};
use crate::space::Want;

impl<'d> Analysis<'d> {
    /// Somebody who is tied to a row gives a higher level than their own: to another person, or to themself. Owners and
    /// callers with a role are not meant, since they need no level.
    pub fn raised_level(&self, ties: EntityId, verb: Verb) -> Option<(VariantId, Situation<'d>)> {
        let link = self.design.entities[ties].link.as_ref()?;
        let levels = self.design.enums[link.of].variants.ids();
        levels.skip(1).find_map(|level| {
            let mut space = self.space();
            let mut wants = self.plain_sharer(ties, link, level);
            let gives = |row| {
                Pred::Atom(Atom::Compare {
                    op: Compare::Eq,
                    left: Term::Field {
                        row,
                        field: link.level,
                    },
                    right: Term::Value(Value::Variant(link.of, level)),
                })
            };
            let of = self.access.of(ties);
            if verb == Verb::Create {
                let rule = of.create.field(link.level).clone();
                wants.push((ties, rule.on_this_row(), Want::True));
                wants.push((ties, gives(Row::This), Want::True));
            } else {
                let rule = of.update.field(link.level);
                self.keep_all_but(&mut space, ties, |field| field == link.level);
                wants.push((ties, rule.clone(), Want::True));
                wants.push((ties, rule.clone().on_row(Row::New), Want::True));
                wants.push((ties, gives(Row::New), Want::True));
                wants.push((ties, gives(Row::This), Want::NotTrue));
            }
            Some((level, self.find(space, &wants)?))
        })
    }

    /// That the caller is tied to the row at a lower level than this, and nothing else.
    fn plain_sharer(&self, ties: EntityId, link: &Link, level: VariantId) -> Wants {
        let to_parent = |steps: Vec<_>| Path {
            row: Row::This,
            steps: std::iter::once(link.parent).chain(steps).collect(),
        };
        let has = |least| {
            Pred::Atom(Atom::Linked {
                entity: ties,
                path: to_parent(Vec::new()),
                link: ties,
                least,
            })
        };
        let lowest = self.design.enums[link.of].variants.ids().next();
        let parent = self.design.entities[ties].fields[link.parent].ty.target();
        let owner = parent.and_then(|parent| self.design.entities[parent].owner);
        let owns = owner.map(|owner| {
            Pred::Atom(Atom::IsCaller {
                entity: ties,
                path: to_parent(vec![owner]),
            })
        });
        let kinds = kinds_of_caller(self.design);
        let least = kinds.iter().find(|kind| kind.authenticated);
        let roles = self.design.auth.iter().flat_map(|auth| auth.roles.ids());
        let roles = roles
            .filter(|role| least.is_none_or(|least| !least.roles.contains(*role)))
            .map(|role| Pred::Atom(Atom::Role(role)));
        let not = [has(level)].into_iter().chain(owns).chain(roles);
        let not = not.map(|pred| (ties, pred, Want::NotTrue));
        let is = lowest.map(|lowest| (ties, has(lowest), Want::True));
        is.into_iter().chain(not).collect()
    }
}
