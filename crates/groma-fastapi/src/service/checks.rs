//! What a change is told that would break a constraint of its table.

use groma_ir::design::{FieldId, Storage};
use groma_ir::http::{Operation, Route};
use groma_ir::words;

use super::Service;
use crate::names;
use crate::python::{Block, Doc, string};

impl<'m> Service<'_, 'm> {
    /// The arguments that tell of the checks that a change of a route can break: those that look at what it writes.
    pub(super) fn check_arguments(&mut self, route: &'m Route, sent: &str) -> Vec<Doc> {
        let table = self.cx.table(self.entity());
        let entity = &self.model().design.entities[self.entity()];
        let writes = |field: &FieldId| match route.operation {
            Operation::Create => true,
            Operation::Replace if route.made.is_some() => true,
            Operation::Action(action) => {
                let action = &entity.actions[action];
                let moved = action.moves.as_ref().map(|moves| moves.field);
                action.sets.iter().any(|(set, _)| set == field) || moved == Some(*field)
            }
            _ => route.writes.contains(field),
        };
        if !table
            .checks
            .iter()
            .any(|check| check.cond.fields().iter().any(writes))
        {
            return Vec::new();
        }
        self.checks();
        let mut arguments = vec![Doc::text("checks=CHECKS")];
        if !sent.is_empty() {
            arguments.push(Doc::text(format!("sent={sent}")));
        }
        arguments
    }

    /// The argument that tells callers who have no row that a route would refer to theirs. Rows of somebody else's are
    /// not referred to by the database.
    pub(super) fn callerless(&self, route: &Route) -> Option<Doc> {
        let caller = self.model().design.caller_entity()?;
        if self.model().design.entities[caller].storage != Storage::Managed {
            return None;
        }
        let told = words::without_caller(&self.model().design, route)?;
        Some(Doc::named("callerless", Doc::prose(&told)))
    }

    /// The constant that says what every row keeps.
    fn checks(&mut self) {
        let (model, entity) = (self.model(), self.entity());
        let written: Vec<FieldId> = self
            .cx
            .routes(self.package)
            .flat_map(|(_, route)| route.writes.iter().copied())
            .collect();
        let row = self.cx.row_name(entity);
        let mut all = Vec::new();
        for check in &self.cx.table(entity).checks {
            let said = format!(
                "This must hold: {}.",
                words::cond(&model.design, entity, &check.cond)
            );
            let fields = check.cond.fields();
            let members = fields.iter().filter(|field| written.contains(field));
            let members = members.map(|field| Doc::text(string(&names::field(model, entity, *field))));
            let pred = groma_ir::access::Pred::from_cond(&check.cond).normal();
            let condition = self.pred(&pred, &row);
            all.push(Doc::call(
                "Check",
                [
                    Doc::text(string(&check.name)),
                    Doc::prose(said),
                    Doc::tuple(members.collect::<Vec<_>>()),
                    Doc::join([Doc::text(format!("lambda {row}: ")), condition]),
                ],
            ));
        }
        self.take("app.core.changes", "Check");
        self.take("typing", "Final");
        let mut block = Block::new();
        block.statement("CHECKS: Final = ", &Doc::tuple(all), "");
        self.module.constant(block);
    }
}
