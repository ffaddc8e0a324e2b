//! What one verb gives and another one takes: writes of rows that may not be read, and rows that their maker cannot read
//! back.

use groma_ir::access::{Atom, Pred, fold, kinds_of_caller};
use groma_ir::design::{ActionId, Effect, EntityId, FieldId, Resource, Rule, VariantId, Verb, Who};

use super::facts::is_in;
use super::{Analysis, Situation, Wants};
use crate::space::Want;

impl<'d> Analysis<'d> {
    /// By this rule somebody may do this to a row that they may not read, so that they are told that there is none.
    /// A rule for whoever signs in, or for everyone, means the rows that they see: of it that is said only if it is so of
    /// every row that it counts for.
    pub fn unread_write(&self, entity: EntityId, verb: Verb, rule: &Rule) -> Option<Situation<'d>> {
        let others = self.design.entities[entity].rules.iter();
        let denies = others.filter(|other| other.effect == Effect::Deny);
        let rules: Vec<&Rule> = denies.chain([rule]).collect();
        let singled = rule.verbs.iter().filter(|used| used.verb == verb);
        let singled = singled.flat_map(|used| &used.fields).copied().map(Some);
        let fields = std::iter::once(None).chain(singled);
        let allowed = fields.map(|field| fold(self.design, (entity, verb), field, &rules));
        let read = &self.access.of(entity).read;
        let mut wants = self.stored(entity);
        wants.extend(self.begins(entity, verb));
        wants.push((entity, Pred::any(allowed), Want::True));
        let space = || {
            let mut space = self.space();
            if verb == Verb::Update {
                self.keep_all_but(&mut space, entity, |field| {
                    self.is_accepted_by_write(entity, field)
                });
            }
            space
        };
        let with = |want| {
            let mut wants = wants.clone();
            wants.push((entity, read.clone(), want));
            self.find(space(), &wants)
        };
        let unread = with(Want::NotTrue)?;
        (!self.is_broad(rule) || with(Want::True).is_none()).then_some(unread)
    }

    /// Whether a rule is for whoever signs in.
    fn is_broad(&self, rule: &Rule) -> bool {
        let kinds = kinds_of_caller(self.design);
        let least = kinds.iter().find(|kind| kind.authenticated);
        rule.who.iter().any(|who| match who {
            Who::Everyone | Who::Authenticated => true,
            Who::Role(role) => least.is_some_and(|least| least.roles.contains(*role)),
            Who::Path(_) | Who::Level { .. } | Who::Can { .. } => false,
        })
    }

    /// Somebody signed in makes a row by this resource that they may not read.
    pub fn unread_create(&self, resource: &Resource) -> Option<Situation<'d>> {
        let create = resource.create.as_ref()?;
        let entity = resource.entity;
        let rule = &self.access.of(entity).create;
        let mut wants = self.made(entity, &create.accept);
        wants.push((entity, Pred::Atom(Atom::Authenticated), Want::True));
        wants.push((entity, rule.row.clone().on_this_row(), Want::True));
        wants.push((entity, self.access.of(entity).read.clone(), Want::NotTrue));
        self.find(self.space(), &wants)
    }

    /// Whether an error of an action is never told: by rules and states the action is refused before, on every row for
    /// which it would be.
    pub fn is_untold(&self, entity: EntityId, action: ActionId, when: &Pred) -> bool {
        let verb = Verb::Action(action);
        let mut raised = self.stored(entity);
        let mut allowed = raised.clone();
        raised.push((entity, when.clone(), Want::True));
        allowed.extend(self.begins(entity, verb));
        allowed.push((entity, self.access.of(entity).action(action).clone(), Want::True));
        if self.design.entities[entity].actions[action].find.is_none() {
            allowed.push((entity, self.access.of(entity).read.clone(), Want::True));
        }
        let mut told = allowed.clone();
        told.push((entity, when.clone(), Want::True));
        // What is wrong with the error or with the rule alone is another matter.
        self.is_never(&told) && !self.is_never(&raised) && !self.is_never(&allowed)
    }

    /// The states among those that an action starts from in which nobody may act, and they are possible. Where nobody may
    /// act in any row at all the rules are another matter, and nothing is said.
    pub fn stuck_states(&self, entity: EntityId, action: ActionId) -> Vec<VariantId> {
        let declared = &self.design.entities[entity].actions[action];
        let Some(moves) = &declared.moves else {
            return Vec::new();
        };
        let mut allowed = self.stored(entity);
        allowed.push((entity, self.access.of(entity).action(action).clone(), Want::True));
        if declared.find.is_none() {
            allowed.push((entity, self.access.of(entity).read.clone(), Want::True));
        }
        if self.is_never(&allowed) {
            return Vec::new();
        }
        let is_stuck = |state: &VariantId| {
            let there = (entity, is_in(moves, &[*state]), Want::True);
            let with = |mut wants: Wants| {
                wants.push(there.clone());
                self.is_never(&wants)
            };
            with(allowed.clone()) && !with(self.stored(entity))
        };
        moves.from.iter().copied().filter(is_stuck).collect()
    }

    pub(super) fn keep_all_but(
        &self,
        space: &mut crate::space::Space<'d>,
        entity: EntityId,
        changes: impl Fn(FieldId) -> bool,
    ) {
        let fields = self.design.entities[entity].fields.entries();
        for (field, declared) in fields {
            if !changes(field) && !declared.touch {
                space.keep(entity, field);
            }
        }
    }

    pub(super) fn is_accepted_by_write(&self, entity: EntityId, field: FieldId) -> bool {
        let mut writes = self
            .resources(entity)
            .flat_map(|resource| [&resource.update, &resource.replace])
            .flatten();
        writes.any(|write| write.accept.contains(&field))
    }
}
