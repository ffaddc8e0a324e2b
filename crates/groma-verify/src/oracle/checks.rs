//! Checks of rows: what a row that breaks one is refused with.

use serde_json::Value as Json;

use groma_ir::design::{Assign, Check, FieldId, Term};
use groma_ir::http::{ErrorCode, Operation, Problem};

use super::cond::is_kept;
use super::decide::{Case, Ground, Outcome};
use crate::call::{Member, Mistake};

impl Case<'_> {
    /// A row that would break checks: all of them are told, at members of the body where it has any.
    pub(super) fn refuse_checks(&self, after: &[Json]) -> Option<Outcome> {
        let entity = self.route.entity;
        let checks = self.world.design().entities[entity].checks.iter().enumerate();
        let broken: Vec<(usize, &Check)> = checks
            .filter(|(_, check)| !is_kept(self.scene(after, after), &check.cond))
            .collect();
        let ground = Ground::Check(entity, broken.first()?.0);
        if self.route.body.is_none() {
            return Some(Outcome::refused(Problem::InvalidState, ground));
        }
        let mistake = |(_, check): &(usize, &Check)| Mistake {
            code: ErrorCode::ValueError.name(),
            at: self.place(check),
        };
        let problem = Problem::InvalidBody {
            status: self.world.design().service.validation_status,
        };
        let mistakes = broken.iter().map(mistake).collect();
        Some(Outcome::refused_for(problem, mistakes, ground))
    }

    /// The first member of a check that was sent, otherwise the first that can be; the whole body where none can.
    fn place(&self, check: &Check) -> String {
        let fields = check.cond.fields();
        let members: Vec<(bool, String)> = fields
            .into_iter()
            .filter_map(|field| self.member_of(field))
            .collect();
        let sent = members.iter().find(|(is_sent, _)| *is_sent);
        let named = sent.or(members.first());
        named.map_or_else(String::new, |(_, name)| {
            Mistake::at_member(ErrorCode::ValueError, name).at
        })
    }

    /// The member that a field takes its value from, and whether it was sent.
    fn member_of(&self, field: FieldId) -> Option<(bool, String)> {
        let entity = &self.world.design().entities[self.route.entity];
        let sent = self.call.body.members();
        let Operation::Action(action) = self.route.operation else {
            let is_it = |member: &Member| matches!(member, Member::Field(known, _) if *known == field);
            let name = entity.fields[field].wire.clone();
            return (self.route.writes.contains(&field)).then(|| (sent.iter().any(is_it), name));
        };
        let action = &entity.actions[action];
        let (_, assign) = action.sets.iter().rev().find(|(set, _)| *set == field)?;
        let Assign::Term(Term::Input(input)) = assign else {
            return None;
        };
        let is_it = |member: &Member| matches!(member, Member::Input(known, _) if known == input);
        Some((sent.iter().any(is_it), action.inputs[*input].name.clone()))
    }
}
