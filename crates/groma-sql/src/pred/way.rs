//! What lies behind references: whose a row is, and what holds of the row that it points at.

use groma_ir::Id;
use groma_ir::access::Pred;
use groma_ir::design::{EntityId, FieldId, Path, Row, VariantId};
use groma_plan::Value;

use super::Scope;
use crate::write::{Slot, Writer};

impl Writer<'_> {
    /// Writes that the user at the end of a path is the caller; where the row itself names them, compared so.
    pub(super) fn is_caller(&mut self, path: &Path, scope: Scope<'_>, compared: &str) {
        match path.steps.as_slice() {
            [only] => {
                self.field(path.row, *only, scope);
                self.push(compared);
                self.push_parameter(Slot::Caller);
            }
            [way @ .., last] => {
                let last = *last;
                self.reached(path.row, way, scope, |writer, entity, alias| {
                    let column = writer.column(entity, alias, last);
                    writer.push(&column);
                    writer.push(" = ");
                    writer.push_parameter(Slot::Caller);
                });
            }
            [] => self.push("FALSE"),
        }
    }

    /// Writes that the caller is tied to the row at the end of a path, at such a level or a higher one.
    pub(super) fn linked(&mut self, path: &Path, tie: (EntityId, VariantId), scope: Scope<'_>) {
        let key = self.cx.model.tables.of(scope.entity).key;
        match path.steps.as_slice() {
            [] => self.tied(
                tie,
                scope.leads && scope.source(path.row, key).is_none(),
                |writer| {
                    writer.field(path.row, key, scope);
                },
            ),
            [only] => self.tied(
                tie,
                scope.leads && scope.source(path.row, *only).is_none(),
                |writer| {
                    writer.field(path.row, *only, scope);
                },
            ),
            [way @ .., last] => {
                let last = *last;
                self.reached(path.row, way, scope, |writer, entity, alias| {
                    let column = writer.column(entity, alias, last);
                    writer.tied(tie, scope.leads, |writer| writer.push(&column));
                });
            }
        }
    }

    /// Writes that one of the rows that tie the caller is about the row with this key.
    fn tied(&mut self, (link, least): (EntityId, VariantId), leads: bool, key: impl FnOnce(&mut Self)) {
        let alias = self.alias();
        let Some(tie) = &self.cx.model.design.entities[link].link else {
            self.push("FALSE");
            return;
        };
        let parent = self.column(link, &alias, tie.parent);
        let table = self.lookup(link);
        let (open, close) = self.cx.dialect.within();
        if leads {
            key(self);
            self.push(&format!("{open}SELECT {parent} FROM {table} AS {alias} WHERE "));
        } else {
            self.push(&format!(
                "EXISTS (SELECT 1 FROM {table} AS {alias} WHERE {parent} = "
            ));
            key(self);
            self.push(" AND ");
        }
        self.is_tie_of_caller((link, least), &alias);
        self.push(if leads { close } else { ")" });
    }

    /// Writes that a row ties the caller, at such a level or a higher one.
    pub(crate) fn is_tie_of_caller(&mut self, (link, least): (EntityId, VariantId), alias: &str) {
        let design = &self.cx.model.design;
        let Some(tie) = &design.entities[link].link else {
            self.push("FALSE");
            return;
        };
        let user = self.column(link, alias, tie.user);
        self.push(&format!("{user} = "));
        self.push_parameter(Slot::Caller);
        if least.index() == 0 {
            return;
        }
        let variants = design.enums[tie.of].variants.entries();
        let names: Vec<String> = variants
            .filter(|(level, _)| *level >= least)
            .map(|(_, variant)| self.cx.dialect.literal(&Value::Text(variant.name.clone())))
            .collect();
        let level = self.column(link, alias, tie.level);
        match names.as_slice() {
            [only] => self.push(&format!(" AND {level} = {only}")),
            names => self.push(&format!(" AND {level} IN ({})", names.join(", "))),
        }
    }

    pub(super) fn exists(&mut self, path: &Path, target: EntityId, pred: &Pred, scope: Scope<'_>) {
        self.reached(path.row, &path.steps, scope, |writer, entity, alias| {
            debug_assert_eq!(entity, target, "the path ends at its target");
            let inner = Scope {
                leads: scope.leads,
                ..Scope::row(entity, alias)
            };
            writer.pred(pred, inner);
        });
    }

    /// Writes that the row at the end of a chain of references exists and meets a condition of its own.
    fn reached(
        &mut self,
        row: Row,
        way: &[FieldId],
        scope: Scope<'_>,
        condition: impl FnOnce(&mut Self, EntityId, &str),
    ) {
        let Some(chain) = self.chain(scope.entity, way) else {
            self.push("FALSE");
            return;
        };
        let (Some((first, rest)), Some(start)) = (chain.split_first(), way.first()) else {
            self.push("FALSE");
            return;
        };
        let alias = self.alias();
        let key = self.column(*first, &alias, self.cx.model.tables.of(*first).key);
        // Only a stored reference can lead: a value that is not stored has no index.
        let leads = scope.leads && scope.source(row, *start).is_none();
        let (open, close) = self.cx.dialect.within();
        if leads {
            self.field(row, *start, scope);
            self.push(&format!(
                "{open}SELECT {key} FROM {} AS {alias}",
                self.lookup(*first)
            ));
        } else {
            self.push(&format!(
                "EXISTS (SELECT 1 FROM {} AS {alias}",
                self.lookup(*first)
            ));
        }
        let mut last = (*first, alias);
        for (entity, field) in rest.iter().zip(way.iter().skip(1)) {
            last = self.join(last, *field, *entity);
        }
        self.push(" WHERE ");
        if !leads {
            self.push(&key);
            self.push(" = ");
            self.field(row, *start, scope);
            self.push(" AND ");
        }
        condition(self, last.0, &last.1);
        self.push(if leads { close } else { ")" });
    }

    fn join(
        &mut self,
        (from, from_alias): (EntityId, String),
        field: FieldId,
        to: EntityId,
    ) -> (EntityId, String) {
        let alias = self.alias();
        let table = self.lookup(to);
        let key = self.column(to, &alias, self.cx.model.tables.of(to).key);
        let reference = self.column(from, &from_alias, field);
        self.push(&format!(" JOIN {table} AS {alias} ON {key} = {reference}"));
        (to, alias)
    }

    /// The entities along a chain of references; nothing when a table on the way is not there.
    pub(crate) fn chain(&self, entity: EntityId, way: &[FieldId]) -> Option<Vec<EntityId>> {
        let mut entities = Vec::with_capacity(way.len());
        let mut at = entity;
        for field in way {
            at = self.cx.model.design.entities[at].fields[*field].ty.target()?;
            if !self.cx.presence.has(self.cx.model, at) {
                return None;
            }
            entities.push(at);
        }
        Some(entities)
    }
}
