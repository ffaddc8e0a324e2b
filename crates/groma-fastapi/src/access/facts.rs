//! What the caller's token alone decides, in Python, before an expression is made.

use groma_ir::access::{Atom, Pred};

use super::pred::Writer;
use super::rules::Function;
use super::uses::anonymous;
use crate::python::Block;

/// Beyond this, facts about the caller are asked for where they stand.
const MOST_DECIDED: usize = 4;

/// Writes the statements that give the expression of a predicate.
pub(super) fn decide(writer: &mut Writer<'_, '_>, body: &mut Block, pred: &Pred, may_be_nobody: bool) {
    if may_be_nobody {
        let left = anonymous(pred).normal();
        // Where the token makes no difference, nobody is asked for it.
        let knows_callers = writer.cx.caller().is_some();
        if !knows_callers || left == known(pred) && !has_fact(&left) {
            return returns(writer, body, &left);
        }
        writer.used.caller = true;
        body.line("if caller is None:");
        body.inner(|body| returns(writer, body, &left));
    }
    let mut pred = known(pred);
    for _ in 0..MOST_DECIDED {
        let Some((fact, holds)) = outermost(&pred) else {
            break;
        };
        let is_any = matches!(pred, Pred::Any(_));
        let condition = condition(writer, &fact, is_any == holds);
        body.line(&format!("if {condition}:"));
        let met = with(&pred, &fact, is_any == holds).normal();
        body.inner(|body| returns(writer, body, &met));
        pred = with(&pred, &fact, is_any != holds).normal();
    }
    returns(writer, body, &pred);
}

/// The same of a predicate beside what another function says.
pub(super) fn decide_upon(
    writer: &mut Writer<'_, '_>,
    body: &mut Block,
    (base, pred): (&Function, &Pred),
    may_be_nobody: bool,
) {
    let left = anonymous(pred).normal();
    let knows_callers = writer.cx.caller().is_some();
    if may_be_nobody && !knows_callers {
        return writer.upon(body, base, &left);
    }
    let known = known(pred);
    if may_be_nobody && (left != known || has_fact(&left)) {
        body.line("if caller is None:");
        body.inner(|body| {
            if left.is_never() {
                returns(writer, body, &left);
            } else {
                writer.upon(body, base, &left);
            }
        });
    }
    writer.upon(body, base, &known);
}

/// The predicate for somebody who has a token.
fn known(pred: &Pred) -> Pred {
    with(pred, &Atom::Authenticated, true).normal()
}

fn returns(writer: &mut Writer<'_, '_>, body: &mut Block, pred: &Pred) {
    let written = writer.pred(pred);
    body.statement("return ", &written, "");
}

fn is_fact(atom: &Atom) -> bool {
    matches!(atom, Atom::Role(_) | Atom::ClaimIsTrue(_))
}

fn has_fact(pred: &Pred) -> bool {
    pred.any_atom(&|atom| is_fact(atom) || matches!(atom, Atom::IsCaller { .. } | Atom::Linked { .. }))
}

/// The first fact about the caller that alone opens or closes, or else the first one further in; and whether it stands
/// there itself, not its opposite.
fn outermost(pred: &Pred) -> Option<(Atom, bool)> {
    let literal = |pred: &Pred| match pred {
        Pred::Atom(atom) if is_fact(atom) => Some((atom.clone(), true)),
        Pred::Not(inner) => match &**inner {
            Pred::Atom(atom) if is_fact(atom) => Some((atom.clone(), false)),
            _ => None,
        },
        _ => None,
    };
    match pred {
        Pred::All(parts) | Pred::Any(parts) => {
            let mut direct = parts.iter().filter_map(literal);
            direct.next().or_else(|| parts.iter().find_map(outermost))
        }
        other => literal(other),
    }
}

/// The condition that a fact holds, or that it does not.
fn condition(writer: &mut Writer<'_, '_>, fact: &Atom, holds: bool) -> String {
    writer.used.caller = true;
    match fact {
        Atom::Role(role) => {
            let word = if holds { "in" } else { "not in" };
            format!("{} {word} caller.roles", writer.role(*role))
        }
        Atom::ClaimIsTrue(claim) => {
            let word = if holds { "" } else { "not " };
            format!("{word}caller.{}", writer.claim(*claim))
        }
        _ => String::from("False"),
    }
}

/// The predicate where it is known whether a fact holds. That an absent claim is not true does not make it false.
fn with(pred: &Pred, fact: &Atom, holds: bool) -> Pred {
    let parts = |parts: &[Pred]| {
        parts
            .iter()
            .map(|part| with(part, fact, holds))
            .collect::<Vec<_>>()
    };
    match pred {
        Pred::All(all) => Pred::all(parts(all)),
        Pred::Any(any) => Pred::any(parts(any)),
        Pred::Not(inner) => match &**inner {
            Pred::Atom(atom) if atom == fact => match fact {
                Atom::ClaimIsTrue(_) if !holds => pred.clone(),
                _ => with(inner, fact, holds).negate(),
            },
            _ => pred.clone(),
        },
        Pred::Atom(atom) if atom == fact => {
            if holds {
                Pred::ALWAYS
            } else {
                Pred::NEVER
            }
        }
        Pred::Atom(_) => pred.clone(),
    }
}
