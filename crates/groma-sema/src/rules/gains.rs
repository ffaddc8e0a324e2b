//! Rights that callers give to themselves by what they write: what several rules say of it.

use groma_access::{Analysis, Gain};
use groma_diag::Diagnostic;
use groma_ir::Design;
use groma_ir::access::clause;
use groma_ir::design::{ActionId, EntityId, FieldId, InputId, Row, Rule, Verb};

use super::reach::allowing;

/// Who may change a field may then do more to the row than before.
pub(super) struct Gained<'h> {
    /// What they may do then: `delete`.
    pub(super) verb: &'h str,
    /// The rule that lets them change it.
    may: &'h Rule,
    /// The rule that gives more.
    gets: &'h Rule,
    /// The smallest case, in words.
    case: String,
    is_sure: bool,
}

/// What writing a field gives to somebody who may write it.
pub(super) fn gained<'h>(
    analysis: &Analysis<'_>,
    design: &'h Design,
    id: EntityId,
    field: FieldId,
) -> Option<Gained<'h>> {
    let is_whole = |rule: &&Rule| {
        let mut verbs = rule.verbs.iter();
        verbs.any(|used| used.verb == Verb::Update && used.fields.is_empty())
    };
    let may = allowing(&design.entities[id], Verb::Update).filter(is_whole);
    told(design, id, analysis.gain(id, field)?, may)
}

/// What calling an action gives to somebody who may call it, by what they choose for an input.
pub(super) fn gained_by_input<'h>(
    analysis: &Analysis<'_>,
    design: &'h Design,
    id: EntityId,
    (action, input): (ActionId, InputId),
) -> Option<Gained<'h>> {
    let may = allowing(&design.entities[id], Verb::Action(action));
    told(design, id, analysis.gain_by_input(id, action, input)?, may)
}

fn told<'h>(
    design: &'h Design,
    id: EntityId,
    mut gain: Gain<'_>,
    mut may: impl Iterator<Item = &'h Rule>,
) -> Option<Gained<'h>> {
    let entity = &design.entities[id];
    let case = gain.situation.words().join(", ");
    let situation = &mut gain.situation;
    let may = may.find(|rule| situation.can_be(id, &clause(design, id, rule)))?;
    let gets = allowing(entity, gain.verb)
        .find(|rule| situation.can_be(id, &clause(design, id, rule).on_row(Row::New)))?;
    Some(Gained {
        verb: groma_ir::words::verb(entity, gain.verb),
        may,
        gets,
        case,
        is_sure: gain.situation.is_sure(),
    })
}

impl Gained<'_> {
    /// The case, and the two rules that make it.
    pub(super) fn explain(&self, found: Diagnostic, gives: String) -> Diagnostic {
        let found = found
            .label(self.may.origin, "these may change the row")
            .label(self.gets.origin, gives)
            .note(format!("the case: {}", self.case));
        if self.is_sure {
            found
        } else {
            found.note("comparisons lean on each other here, so such a row may not exist")
        }
    }
}
