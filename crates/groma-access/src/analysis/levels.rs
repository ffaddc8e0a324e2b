//! Levels that are given by somebody who has less.

use groma_ir::access::{Atom, Pred, kinds_of_caller};
use groma_ir::design::{
    ActionId, Assign, Compare, Creation, EntityId, FieldId, Link, Path, Row, Term, Value, VariantId, Verb,
};

use super::{Analysis, Situation, Wants};
use crate::space::Want;

/// Where a level comes from that is given.
struct Given<'g> {
    /// On the rows of this entity.
    entity: EntityId,
    /// What is done to them.
    verb: Verb,
    /// The way from there to the row that somebody is tied to.
    to_parent: &'g [FieldId],
    /// The field that says the level; nothing where the caller says it beside.
    field: Option<FieldId>,
}

impl<'d> Analysis<'d> {
    /// Somebody who is tied to a row gives a higher level than their own: to another person, or to themself. Owners and
    /// callers with a role are not meant, since they need no level.
    pub fn raised_level(&self, ties: EntityId, verb: Verb) -> Option<(VariantId, Situation<'d>)> {
        let link = self.design.entities[ties].link.as_ref()?;
        let given = Given {
            entity: ties,
            verb,
            to_parent: &[link.parent],
            field: Some(link.level),
        };
        self.raised(ties, link, &given)
    }

    /// The same by a row that an action makes: its level is an input of the action, or stands in the row that the action
    /// is about, where somebody has put it before. The verb is what that somebody does.
    pub fn raised_by_action(
        &self,
        entity: EntityId,
        action: ActionId,
        made: &Creation,
    ) -> Option<(Verb, VariantId, Situation<'d>)> {
        let link = self.design.entities[made.entity].link.as_ref()?;
        let term = |wanted: FieldId| {
            let set = made.sets.iter().find(|(field, _)| *field == wanted);
            match set {
                Some((_, Assign::Term(term))) => Some(term),
                Some((_, Assign::Not(_))) | None => None,
            }
        };
        let Term::Field { field: parent, .. } = term(link.parent)? else {
            return None;
        };
        let to_parent: &[FieldId] = if *parent == self.design.entities[entity].key {
            &[]
        } else {
            std::slice::from_ref(parent)
        };
        let (verbs, field): (&[Verb], _) = match term(link.level)? {
            Term::Input(_) => (&[Verb::Action(action)], None),
            Term::Field { field, .. } => (self.written(entity, *field), Some(*field)),
            Term::Claim(_) | Term::Caller | Term::Now { .. } | Term::Value(_) => return None,
        };
        verbs.iter().find_map(|verb| {
            let given = Given {
                entity,
                verb: *verb,
                to_parent,
                field,
            };
            let (level, situation) = self.raised(made.entity, link, &given)?;
            Some((*verb, level, situation))
        })
    }

    /// By what bodies may hold a field.
    fn written(&self, entity: EntityId, field: FieldId) -> &'static [Verb] {
        let mut resources = self.resources(entity);
        let is_created = resources.any(|resource| resource.created(self.design).contains(&field));
        match (is_created, self.is_accepted_by_write(entity, field)) {
            (true, true) => &[Verb::Create, Verb::Update],
            (true, false) => &[Verb::Create],
            (false, true) => &[Verb::Update],
            (false, false) => &[],
        }
    }

    fn raised(&self, ties: EntityId, link: &Link, given: &Given<'_>) -> Option<(VariantId, Situation<'d>)> {
        let levels = self.design.enums[link.of].variants.ids();
        levels.skip(1).find_map(|level| {
            let mut space = self.space();
            let mut wants = self.plain_sharer(ties, given, level);
            let mut want = |pred, want| wants.push((given.entity, pred, want));
            let gives = |row, field| {
                Pred::Atom(Atom::Compare {
                    op: Compare::Eq,
                    left: Term::Field { row, field },
                    right: Term::Value(Value::Variant(link.of, level)),
                })
            };
            let of = self.access.of(given.entity);
            match (given.verb, given.field) {
                (Verb::Create, Some(field)) => {
                    want(of.create.field(field).clone().on_this_row(), Want::True);
                    want(gives(Row::This, field), Want::True);
                }
                (Verb::Update, Some(field)) => {
                    let rule = of.update.field(field);
                    self.keep_all_but(&mut space, given.entity, |changed| changed == field);
                    want(rule.clone(), Want::True);
                    want(rule.clone().on_row(Row::New), Want::True);
                    want(gives(Row::New, field), Want::True);
                    want(gives(Row::This, field), Want::NotTrue);
                }
                (verb, _) => {
                    want(of.verb(verb).clone(), Want::True);
                    wants.extend(self.begins(given.entity, verb));
                }
            }
            Some((level, self.find(space, &wants)?))
        })
    }

    /// That the caller is tied to the row at a lower level than this, and nothing else.
    fn plain_sharer(&self, ties: EntityId, given: &Given<'_>, level: VariantId) -> Wants {
        let Some(link) = self.design.entities[ties].link.as_ref() else {
            return Vec::new();
        };
        let to_parent = |steps: Vec<FieldId>| Path {
            row: Row::This,
            steps: given.to_parent.iter().copied().chain(steps).collect(),
        };
        let has = |least| {
            Pred::Atom(Atom::Linked {
                entity: given.entity,
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
                entity: given.entity,
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
        let not = not.map(|pred| (given.entity, pred, Want::NotTrue));
        let is = lowest.map(|lowest| (given.entity, has(lowest), Want::True));
        is.into_iter().chain(not).collect()
    }
}
