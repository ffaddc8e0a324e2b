//! What one verb gives and another one takes: writes of rows that may not be read, rows that their maker cannot read
//! back, and rights that a caller gives to themself by what they write.

use groma_ir::access::{Atom, Pred, fold, kinds_of_caller};
use groma_ir::design::{Effect, EntityId, FieldId, Resource, Row, Rule, Verb, Who};

use super::{Analysis, Situation, Wants};
use crate::space::Want;

/// A right that a caller gives to themself.
#[derive(Clone, Debug)]
pub struct Gain<'d> {
    /// What they may do then and could not before.
    pub verb: Verb,
    /// The situation.
    pub situation: Situation<'d>,
}

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

    /// Somebody who may change this field of a row may then do more to it than before. Nothing else is changed, and
    /// no rule names the field for them: who may `update(assignee)`, or is left out where that is denied, was thought of.
    pub fn gain(&self, entity: EntityId, field: FieldId) -> Option<Gain<'d>> {
        let rules = &self.design.entities[entity].rules;
        let rules: Vec<Rule> = rules
            .iter()
            .filter_map(|rule| match (names(rule, field), rule.effect) {
                (false, _) => Some(rule.clone()),
                (true, Effect::Allow) => None,
                (true, Effect::Deny) => Some(Rule {
                    except: Vec::new(),
                    ..rule.clone()
                }),
            })
            .collect();
        let rules: Vec<&Rule> = rules.iter().collect();
        let update = fold(self.design, (entity, Verb::Update), Some(field), &rules);
        if update.is_never() {
            return None;
        }
        let mut changes = self.stored(entity);
        changes.push((entity, update.clone(), Want::True));
        changes.push((entity, update.on_row(Row::New), Want::True));
        changes.push((entity, self.access.of(entity).read.clone(), Want::True));
        let leads = self.leads_to_readable(entity, field, Row::New);
        changes.extend(leads.map(|pred| (entity, pred, Want::True)));
        self.rights(entity, field).into_iter().find_map(|(verb, may)| {
            let mut wants: Wants = changes.clone();
            wants.extend(self.begins(entity, verb));
            wants.push((entity, may.clone().on_this_row(), Want::NotTrue));
            wants.push((entity, may.on_row(Row::New), Want::True));
            let mut space = self.space();
            self.keep_all_but(&mut space, entity, |changed| changed == field);
            let situation = self.find(space, &wants)?;
            Some(Gain { verb, situation })
        })
    }

    /// What can be done to a row, and when: deleting it, its actions, and changing other fields of it.
    fn rights(&self, entity: EntityId, field: FieldId) -> Vec<(Verb, Pred)> {
        let of = self.access.of(entity);
        let actions = self.design.entities[entity].actions.ids();
        let mut rights: Vec<(Verb, Pred)> = [Verb::Delete]
            .into_iter()
            .chain(actions.map(Verb::Action))
            .map(|verb| (verb, of.verb(verb).clone()))
            .collect();
        let others = self.design.entities[entity].fields.ids();
        let others = others.filter(|other| *other != field && self.is_accepted_by_write(entity, *other));
        for other in others {
            let pred = of.update.field(other);
            if pred != of.update.field(field) && !rights.iter().any(|(_, known)| known == pred) {
                rights.push((Verb::Update, pred.clone()));
            }
        }
        rights.retain(|(_, pred)| !pred.is_never());
        rights
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

    fn is_accepted_by_write(&self, entity: EntityId, field: FieldId) -> bool {
        let mut writes = self
            .resources(entity)
            .flat_map(|resource| [&resource.update, &resource.replace])
            .flatten();
        writes.any(|write| write.accept.contains(&field))
    }
}

/// Whether a rule speaks of changing this field by its name.
fn names(rule: &Rule, field: FieldId) -> bool {
    let mut uses = rule.verbs.iter();
    uses.any(|used| used.verb == Verb::Update && used.fields.contains(&field))
}
