//! Rules without effect: those that never count, and those whose loss nobody would notice.

use groma_ir::access::{Pred, clause, fold};
use groma_ir::design::{Effect, EntityId, FieldId, Rule, Verb, Who};

use super::{Analysis, Wants};
use crate::space::Want;

/// Why a rule has no effect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Idle {
    /// In no situation does it count.
    Never(Cause),
    /// Where it counts, this rule of the same kind says so already.
    Covered(usize),
    /// Where it counts, several rules of the same kind say so already.
    CoveredByAll,
    /// What it allows is refused by this rule, or by several.
    Refused(Option<usize>),
    /// What it refuses, no rule allows.
    NothingToRefuse,
    /// It counts, and nobody is left out by its `except`.
    ExceptsNobody,
}

/// Why a rule never counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// It is about nobody: its `except` takes back everyone.
    Excepted,
    /// Nobody is what it asks for.
    Nobody,
    /// Its condition holds in no row.
    Condition,
    /// Its condition holds in no row that the checks let be.
    Checks,
    /// The action begins in none of the states that its condition leaves.
    States,
    /// Each part may be so, and not all of them at once.
    Together,
}

/// A verb, and of it one field or the whole row.
type Used = (Verb, Option<FieldId>);
/// The other rules of an entity, by their place.
type Others<'r> = [(usize, &'r Rule)];

/// Each rule is compared with every other one: past so many nobody reads them.
const MOST_RULES: usize = 200;

impl Analysis<'_> {
    /// The rules of an entity without effect, by their place, and why. Of two that say the same the later one is too
    /// much; what was found so already is not there for the others. Where it is open nothing is said.
    pub fn idle(&self, entity: EntityId) -> Vec<(usize, Idle)> {
        let rules = &self.design.entities[entity].rules;
        let mut left: Vec<(usize, &Rule)> = rules.iter().take(MOST_RULES).enumerate().collect();
        let mut found = Vec::new();
        for (at, rule) in left.clone().into_iter().rev() {
            let others: Vec<_> = left.iter().copied().filter(|(other, _)| *other != at).collect();
            let Some(idle) = self.idle_among(entity, rule, &others) else {
                continue;
            };
            if idle != Idle::ExceptsNobody {
                left = others;
            }
            found.push((at, idle));
        }
        found.reverse();
        found
    }

    fn idle_among(&self, entity: EntityId, rule: &Rule, others: &Others<'_>) -> Option<Idle> {
        let uses = self.uses(entity, rule);
        let counts = clause(self.design, entity, rule);
        let is_never = |pred: &Pred| {
            uses.iter()
                .all(|(verb, _)| self.is_never(&self.wants(entity, *verb, pred.clone())))
        };
        if is_never(&counts) {
            return Some(Idle::Never(self.cause(entity, rule, is_never)));
        }
        if !uses
            .iter()
            .any(|used| self.is_missed(entity, rule, others, *used))
        {
            return self.covered(entity, (rule, &counts), others, &uses);
        }
        let all = clause(
            self.design,
            entity,
            &Rule {
                except: Vec::new(),
                ..rule.clone()
            },
        );
        let is_same = |(verb, _): &Used| self.is_within(entity, *verb, (all.clone(), counts.clone()));
        (!rule.except.is_empty() && uses.iter().all(is_same)).then_some(Idle::ExceptsNobody)
    }

    /// What a rule is about: each verb, and of it one field or the whole row.
    fn uses(&self, entity: EntityId, rule: &Rule) -> Vec<Used> {
        let singled = |verb: Verb| {
            let rules = self.design.entities[entity].rules.iter();
            let uses = rules.flat_map(|rule| &rule.verbs);
            let uses = uses.filter(move |used| used.verb == verb);
            let mut fields: Vec<FieldId> = uses.flat_map(|used| used.fields.iter().copied()).collect();
            fields.sort_unstable();
            fields.dedup();
            fields
        };
        let mut all = Vec::new();
        for used in &rule.verbs {
            if used.fields.is_empty() {
                all.push((used.verb, None));
                all.extend(
                    singled(used.verb)
                        .into_iter()
                        .map(|field| (used.verb, Some(field))),
                );
            } else {
                all.extend(used.fields.iter().map(|field| (used.verb, Some(*field))));
            }
        }
        all
    }

    /// That a predicate holds where the verb can be done at all.
    fn wants(&self, entity: EntityId, verb: Verb, pred: Pred) -> Wants {
        let mut wants = vec![(entity, for_verb(verb, pred), Want::True)];
        wants.extend(self.begins(entity, verb));
        wants.extend(self.checks(entity));
        wants
    }

    /// Whether the rules say something else without this one.
    fn is_missed(&self, entity: EntityId, rule: &Rule, others: &Others<'_>, used: Used) -> bool {
        let without: Vec<&Rule> = others.iter().map(|(_, rule)| *rule).collect();
        let with: Vec<&Rule> = without.iter().copied().chain([rule]).collect();
        let with = fold(self.design, (entity, used.0), used.1, &with);
        let without = fold(self.design, (entity, used.0), used.1, &without);
        let (more, less) = match rule.effect {
            Effect::Allow => (with, without),
            Effect::Deny => (without, with),
        };
        !self.is_within(entity, used.0, (more, less))
    }

    /// What makes a rule that counts too much.
    fn covered(
        &self,
        entity: EntityId,
        (rule, counts): (&Rule, &Pred),
        others: &Others<'_>,
        uses: &[Used],
    ) -> Option<Idle> {
        let of = |effect: Effect| others.iter().filter(move |(_, other)| other.effect == effect);
        let says_so = |other: &Rule| {
            let pred = clause(self.design, entity, other);
            uses.iter().all(|used| {
                is_about(other, *used) && self.is_within(entity, used.0, (counts.clone(), pred.clone()))
            })
        };
        if let Some((by, _)) = of(rule.effect).find(|(_, other)| says_so(other)) {
            return Some(Idle::Covered(*by));
        }
        let allowing: Vec<&Rule> = of(Effect::Allow).map(|(_, other)| *other).collect();
        let refusing: Vec<&Rule> = of(Effect::Deny).map(|(_, other)| *other).collect();
        let tried: Vec<&Rule> = match rule.effect {
            Effect::Allow => refusing.into_iter().chain([rule]).collect(),
            Effect::Deny => allowing,
        };
        let is_alone = uses.iter().all(|used| {
            let allowed = fold(self.design, (entity, used.0), used.1, &tried);
            self.is_within(
                entity,
                used.0,
                (Pred::all([allowed, counts.clone()]), Pred::NEVER),
            )
        });
        let refuses = || of(Effect::Deny).find(|(_, other)| says_so(other));
        match (is_alone, rule.effect) {
            (false, _) => Some(Idle::CoveredByAll),
            (true, Effect::Allow) => Some(Idle::Refused(refuses().map(|(by, _)| *by))),
            (true, Effect::Deny) => {
                (!self.is_bound(entity, rule, &tried, uses)).then_some(Idle::NothingToRefuse)
            }
        }
    }

    /// Whether a refusal says who may at most, and that is what was meant by it: it is for everybody, and those that it
    /// leaves out may. Whoever allows more one day is held back by it. One that is about some people, or leaves out whom
    /// nothing allows, looks as if the others may.
    fn is_bound(&self, entity: EntityId, rule: &Rule, allowing: &[&Rule], uses: &[Used]) -> bool {
        let left_out = clause(
            self.design,
            entity,
            &Rule {
                who: rule.except.clone(),
                except: Vec::new(),
                ..rule.clone()
            },
        );
        let may = |(verb, field): &Used| {
            let allowed = fold(self.design, (entity, *verb), *field, allowing);
            let both = Pred::all([allowed, left_out.clone()]);
            !self.is_never(&self.wants(entity, *verb, both))
        };
        rule.who.contains(&Who::Everyone) && (rule.except.is_empty() || uses.iter().any(may))
    }

    /// Whether wherever one predicate holds the other one does.
    fn is_within(&self, entity: EntityId, verb: Verb, (narrow, wide): (Pred, Pred)) -> bool {
        let mut wants = self.wants(entity, verb, narrow);
        wants.push((entity, for_verb(verb, wide), Want::NotTrue));
        self.is_never(&wants)
    }

    fn cause(&self, entity: EntityId, rule: &Rule, is_never: impl Fn(&Pred) -> bool) -> Cause {
        let part = |who: bool, except: bool, when: bool| {
            let mut part = rule.clone();
            if !who {
                part.who = vec![Who::Everyone];
            }
            if !except {
                part.except = Vec::new();
            }
            if !when {
                part.when = None;
            }
            clause(self.design, entity, &part)
        };
        if is_never(&part(true, false, false)) {
            Cause::Nobody
        } else if is_never(&part(true, true, false)) {
            Cause::Excepted
        } else if is_never(&part(false, false, true)) {
            let mut alone = vec![(entity, part(false, false, true), Want::True)];
            if self.is_never(&alone) {
                return Cause::Condition;
            }
            alone.extend(self.checks(entity));
            if self.is_never(&alone) {
                Cause::Checks
            } else {
                Cause::States
            }
        } else {
            Cause::Together
        }
    }
}

/// A row that is made is there as it will be. That its maker is its owner is not asked here: `allow create to
/// authenticated` beside `allow all to owner` is said for people.
fn for_verb(verb: Verb, pred: Pred) -> Pred {
    match verb {
        Verb::Create => pred.on_this_row(),
        Verb::Read | Verb::Update | Verb::Delete | Verb::Share | Verb::Action(_) => pred,
    }
}

fn is_about(rule: &Rule, (verb, field): Used) -> bool {
    rule.verbs.iter().any(|used| {
        used.verb == verb
            && (used.fields.is_empty() || field.is_some_and(|field| used.fields.contains(&field)))
    })
}
