//! What one choice of a situation says of claims, rows and a body.

use groma_access::{Choice, Operand, Region, Spot, Tie, Variable};
use groma_ir::access::kinds_of_caller;
use groma_ir::design::{Row, Type, VariantId};

use super::{Place, Scene};
use crate::access_tests::values::{self, Value};
use crate::people;
use crate::python::{Doc, string};

impl Scene<'_, '_> {
    pub(super) fn choose(&mut self, all: &[Choice], choice: &Choice) -> Option<()> {
        match (&choice.variable, &choice.region) {
            (Variable::Caller, Region::Caller(kind)) => self.caller(*kind),
            (Variable::IsCaller(spot), Region::True) => {
                let alice = Value::constant("ALICE", self.ty(spot.entity, spot.field));
                self.set(&place(spot), spot.field, &alice)
            }
            (Variable::Field(spot), region) => {
                let is_alice = all.iter().any(|other| {
                    other.variable == Variable::IsCaller(spot.clone()) && other.region == Region::True
                });
                let compared = all.iter().any(|other| compares(&other.variable, spot));
                if (is_alice || compared) && *region != Region::None {
                    return Some(());
                }
                self.field(spot, region)
            }
            (Variable::Level(tie), Region::Variant(_, level)) => self.tie(tie, *level),
            (Variable::IsCaller(_) | Variable::Level(_) | Variable::Gone(_), region) => {
                (*region != Region::True).then_some(())
            }
            (Variable::Claim(claim), region) => {
                let is_it = |operand: &Operand| *operand == Operand::Claim(*claim);
                let is_compared = all.iter().any(|other| {
                    matches!(&other.variable, Variable::Order(left, right) if is_it(left) || is_it(right))
                });
                if is_compared && *region == Region::Other {
                    return Some(());
                }
                let auth = self.cx.model.design.auth.as_ref()?;
                let value = match region {
                    Region::None => String::from("None"),
                    Region::False => String::from("False"),
                    Region::True => String::from("True"),
                    Region::Is(literal) => literal.to_string(),
                    Region::Other => string("something else"),
                    _ => return None,
                };
                let name = string(&auth.claims[*claim].claim);
                self.claims.push((name, Doc::text(value)));
                Some(())
            }
            (Variable::Order(left, right), region) => self.order(left, right, region),
            (Variable::Caller, _) => None,
        }
    }

    fn caller(&mut self, kind: usize) -> Option<()> {
        let design = &self.cx.model.design;
        let facts = kinds_of_caller(design).get(kind).copied()?;
        (self.has_token, self.facts) = (facts.authenticated, facts);
        let Some(auth) = &design.auth else { return Some(()) };
        let usual = auth.default_role.map(|role| auth.roles[role].includes);
        if facts.roles == usual.unwrap_or_default() {
            return Some(());
        }
        let is_whole = |(_, role): &(_, &groma_ir::design::Role)| role.includes == facts.roles;
        let one = auth.roles.entries().find(is_whole);
        let names = if let Some((_, role)) = one {
            role.name.clone()
        } else {
            let all = auth.roles.entries().filter(|(id, _)| facts.roles.contains(*id));
            let names: Vec<&str> = all.map(|(_, role)| role.name.as_str()).collect();
            names.join(",")
        };
        let claim = auth.role_claim.as_deref().unwrap_or("role");
        self.claims.push((string(claim), Doc::text(string(&names))));
        Some(())
    }

    fn field(&mut self, spot: &Spot, region: &Region) -> Option<()> {
        let declared = &self.cx.model.design.entities[spot.entity].fields[spot.field];
        let value = match (declared.ty.target(), region) {
            (Some(target), Region::Other) if self.cx.is_there_in_tests(target) => {
                let mut way = spot.way.clone();
                way.push(spot.field);
                return self.row_at(&(spot.row, way)).map(drop);
            }
            (Some(_), Region::Other) => self.elsewhere(spot.entity, spot.field)?,
            (_, region) => values::within(self.cx, self.ty(spot.entity, spot.field), region)?,
        };
        self.set(&place(spot), spot.field, &value)
    }

    /// Alice is tied to a row.
    fn tie(&mut self, tie: &Tie, level: VariantId) -> Option<()> {
        let link = self.cx.model.design.entities[tie.link].link.as_ref()?;
        let level = values::within(self.cx, &Type::Enum(link.of), &Region::Variant(link.of, level))?;
        let alice = Value::constant("ALICE", self.ty(tie.link, link.user));
        let main = (Row::This, Vec::new());
        // A row that ties Alice is that tie itself.
        if self.ask.route.entity == tie.link
            && tie.way == [link.parent]
            && let Some(at) = self.rows.iter().position(|row| row.place.as_ref() == Some(&main))
            && self.rows.get(at)?.sets.get(&link.user) == Some(&alice)
        {
            return self.set(&main, link.level, &level);
        }
        let parent = self.tied(tie)?;
        let at = self.add(tie.link, None)?;
        let sets = &mut self.rows.get_mut(at)?.sets;
        sets.extend([(link.parent, parent), (link.user, alice), (link.level, level)]);
        Some(())
    }

    /// The key of the row that somebody is tied to: what refers to it has it, where the row itself is somebody else's.
    fn tied(&mut self, tie: &Tie) -> Option<Value> {
        if self
            .end(&tie.way)
            .is_some_and(|end| self.cx.is_there_in_tests(end))
        {
            let tied = self.row_at(&(tie.row, tie.way.clone()))?;
            return Some(self.rows.get(tied)?.key.clone());
        }
        let (last, before) = tie.way.split_last()?;
        let key = self.elsewhere(self.end(before)?, *last)?;
        self.set(&(tie.row, before.to_vec()), *last, &key)?;
        Some(key)
    }

    fn order(&mut self, left: &Operand, right: &Operand, region: &Region) -> Option<()> {
        let (spot, other, is_flipped) = match (left, right) {
            (Operand::Field(spot), other) => (spot, other, false),
            (other, Operand::Field(spot)) => (spot, other, true),
            _ => return None,
        };
        let value = match (other, region) {
            (Operand::Now(offset), Region::Less | Region::Greater) => {
                let is_before = (*region == Region::Less) != is_flipped;
                let hours = offset / 3600 + if is_before { -1 } else { 1 };
                let uses = [("datetime", "timedelta"), ("app.core.db", "now")];
                Value::stored(format!("now() + timedelta(hours={hours})"), &uses)
            }
            (Operand::Claim(claim), Region::Equal) => {
                let auth = self.cx.model.design.auth.as_ref()?;
                let claim = &auth.claims[*claim];
                // What names the caller says their key, and that is compared with `caller`.
                (claim.claim != auth.caller_claim).then_some(())?;
                Value::plain(people::said(claim, &|tail| string(&format!("alice{tail}"))))
            }
            // What a row holds usually is nobody's.
            (Operand::Claim(_), Region::Unequal | Region::Less | Region::Greater) => return Some(()),
            _ => return None,
        };
        self.set(&place(spot), spot.field, &value)
    }
}

fn place(spot: &Spot) -> Place {
    (spot.row, spot.way.clone())
}

/// Whether a value is compared with another one.
fn compares(variable: &Variable, spot: &Spot) -> bool {
    let is_it = |operand: &Operand| matches!(operand, Operand::Field(other) if other == spot);
    matches!(variable, Variable::Order(left, right) if is_it(left) || is_it(right))
}
