//! W435.

use groma_access::{Analysis, Idle};
use groma_diag::{Diagnostic, Span};
use groma_ir::access::Access;
use groma_ir::design::{ActionId, EntityId, Verb};

use super::page::rule;
use super::reach::{allowing, join, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// In each state that an action starts from, somebody may act.
    ///
    /// ## Why
    /// `allow update, reopen to owner when state != solved` beside `action reopen { from solved to open }`: the condition
    /// was meant for the update, and it takes the action away from everybody. Whoever calls it gets a 403, whatever the
    /// state. A rule of its own for the action says what was meant; a state in which nobody shall act is none that the
    /// action starts from.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "tickets"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// enum State { open, solved }
    /// entity Ticket {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   state: State = open
    ///   owner: User = caller readonly
    ///   states state { open -> solved; solved -> open }
    /// }
    /// access Ticket {
    ///   allow create, read to owner
    ///   allow update, solve, reopen to owner when state != solved
    /// }
    /// resource /tickets for Ticket {
    ///   create { accept title }
    ///   read
    ///   update { accept title }
    ///   action solve { from open to solved }
    ///   action reopen { from solved to open }
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "tickets"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// enum State { open, solved }
    /// entity Ticket {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   state: State = open
    ///   owner: User = caller readonly
    ///   states state { open -> solved; solved -> open }
    /// }
    /// access Ticket {
    ///   allow create, read to owner
    ///   allow update, solve to owner when state != solved
    ///   allow reopen to owner
    /// }
    /// resource /tickets for Ticket {
    ///   create { accept title }
    ///   read
    ///   update { accept title }
    ///   action solve { from open to solved }
    ///   action reopen { from solved to open }
    /// }
    Warning STUCK_STATE "W435" "stuck-state"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let analysis = Analysis::new(design, access);
    let mut found = Vec::new();
    for (id, entity) in design.entities.entries() {
        if !rules_are_whole(resolved, id) {
            continue;
        }
        for (action, declared) in entity.actions.entries() {
            let Some(moves) = &declared.moves else {
                continue;
            };
            let stuck = analysis.stuck_states(id, action);
            let is_all = stuck.len() == moves.from.len();
            if stuck.is_empty()
                || !resolved.is_sound(declared.origin)
                || is_said(resolved, &analysis, id, action)
            {
                continue;
            }
            let variants = &design.enums[moves.of].variants;
            let states: Vec<String> = stuck
                .iter()
                .map(|state| format!("`{}`", variants[*state].name))
                .collect();
            found.push(stuck_state(
                declared.origin,
                &declared.name,
                &join(&states, "and"),
                is_all,
            ));
        }
    }
    found
}

/// Whether the rules for an action are said to have no effect already.
fn is_said(resolved: &Resolved<'_>, analysis: &Analysis<'_>, id: EntityId, action: ActionId) -> bool {
    let entity = &resolved.design.entities[id];
    let idle = analysis.idle(id);
    let has_effect = |rule: &groma_ir::design::Rule| {
        let at = entity.rules.iter().position(|other| std::ptr::eq(other, rule));
        !idle
            .iter()
            .any(|(idle, why)| Some(*idle) == at && matches!(why, Idle::Never(_) | Idle::Refused(_)))
    };
    !allowing(entity, Verb::Action(action)).any(has_effect)
}

fn stuck_state(span: Span, action: &str, states: &str, is_all: bool) -> Diagnostic {
    let message = format!("`{action}` starts from {states}, and no rule for it lets anybody act there");
    let help = if is_all {
        format!("give `{action}` a rule of its own that holds there")
    } else {
        format!("give `{action}` a rule that holds there too, or take {states} out of its `from`")
    };
    Diagnostic::new(&STUCK_STATE, span, message).help(help)
}
