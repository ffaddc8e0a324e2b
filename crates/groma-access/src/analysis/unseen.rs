//! What tells somebody the value of a field that they may not see: what answers to it, and what shows it.

use groma_ir::access::Pred;
use groma_ir::design::{ActionId, EntityId, FieldId, Row, Verb};

use super::{Analysis, Situation};
use crate::space::Want;

impl<'d> Analysis<'d> {
    /// Somebody may write this field of a row that they may read, and not see the hidden one.
    pub fn writes_unseeing(
        &self,
        entity: EntityId,
        written: FieldId,
        hidden: FieldId,
    ) -> Option<Situation<'d>> {
        let rule = self.access.of(entity).update.field(written).clone();
        let after = rule.clone().on_row(Row::New);
        self.unseeing(entity, hidden, [rule, after])
    }

    /// Somebody may take this action on a row of which they may not see the hidden field. A row that the action finds by
    /// what the body says need not be one that they may read.
    pub fn acts_unseeing(
        &self,
        entity: EntityId,
        action: ActionId,
        hidden: FieldId,
    ) -> Option<Situation<'d>> {
        let verb = Verb::Action(action);
        let begins = self.begins(entity, verb).into_iter().map(|(_, pred, _)| pred);
        let rule = self.access.of(entity).verb(verb).clone();
        self.unseeing(entity, hidden, begins.chain([rule]))
    }

    /// Somebody may see this field of a row, and not the hidden one.
    pub fn sees_instead(&self, entity: EntityId, shown: FieldId, hidden: FieldId) -> Option<Situation<'d>> {
        let guard = self.access.of(entity).guard(shown).cloned();
        self.unseeing(entity, hidden, guard)
    }

    /// All of this is so of a row that its caller may read, and the hidden field of it is not to be seen.
    fn unseeing(
        &self,
        entity: EntityId,
        hidden: FieldId,
        so: impl IntoIterator<Item = Pred>,
    ) -> Option<Situation<'d>> {
        let of = self.access.of(entity);
        let guard = of.guard(hidden)?;
        let mut wants = self.stored(entity);
        wants.extend(so.into_iter().map(|pred| (entity, pred, Want::True)));
        wants.push((entity, of.read.clone(), Want::True));
        wants.push((entity, guard.clone(), Want::NotTrue));
        let mut space = self.space();
        self.keep_all_but(&mut space, entity, |field| {
            self.is_accepted_by_write(entity, field)
        });
        self.find(space, &wants)
    }
}
