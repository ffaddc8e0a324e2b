//! Answers of reports, whose numbers fit each other: the parts of a count add up to it.

use groma_ir::design::{Aggregate, Cond, EntityId, Measure, Type};
use groma_ir::http::{Member, MemberKind, Operation, SchemaId};
use groma_ir::scalar::Scalar;
use serde_json::{Value, json};

use super::{Examples, place};

/// How many rows there are.
const ALL: u32 = 12;
/// How many of them meet the first condition of a report, and how many its second.
const SOME: [u32; 2] = [5, 7];

impl<'m> Examples<'m> {
    /// An answer of the report that has this schema.
    pub(super) fn report(self, id: SchemaId, entity: Option<EntityId>, members: &[Member]) -> Value {
        let measures = self.measures(id);
        let mut conditions: Vec<&Cond> = Vec::new();
        for condition in measures.iter().filter_map(|measure| measure.when.as_ref()) {
            if !conditions.contains(&condition) {
                conditions.push(condition);
            }
        }
        let count = |measure: &Measure| match &measure.when {
            None => ALL,
            Some(when) => {
                let at = conditions.iter().position(|condition| *condition == when);
                at.and_then(|at| SOME.get(at)).copied().unwrap_or(1)
            }
        };
        let members = members.iter().map(|member| {
            let (MemberKind::Measure(index, ty)
            | MemberKind::PerVariant(index, _, ty)
            | MemberKind::PerBool(index, ty)) = &member.kind
            else {
                return (member.name.clone(), Value::Null);
            };
            let measure = measures.get(*index);
            let rows = measure.map_or(1, count);
            let number = |rows: u32| self.number(entity, measure, ty, rows);
            let value = match &member.kind {
                MemberKind::PerVariant(_, of, _) => {
                    let variants = &self.model.design.enums[*of].variants;
                    let parts = split(rows, variants.len());
                    let parts = variants.iter().zip(parts);
                    parts
                        .map(|(variant, rows)| (variant.name.clone(), number(rows)))
                        .collect()
                }
                MemberKind::PerBool(..) => {
                    let parts: Vec<Value> = split(rows, 2).into_iter().map(number).collect();
                    json!({ "true": parts.first(), "false": parts.last() })
                }
                _ => number(rows),
            };
            (member.name.clone(), value)
        });
        members.collect()
    }

    /// The measures of the report that has this schema.
    fn measures(self, id: SchemaId) -> &'m [Measure] {
        let routes = self.model.http.routes.iter();
        let reports = routes.filter_map(|route| match route.operation {
            Operation::Report(report) if route.success.body == Some(id) => {
                Some(&self.model.design.resources[route.resource].reports[report])
            }
            _ => None,
        });
        let mut reports = reports;
        reports.next().map_or(&[], |report| report.measures.as_slice())
    }

    /// A count, or a value of the field that is summed up.
    fn number(self, entity: Option<EntityId>, measure: Option<&Measure>, ty: &Type, rows: u32) -> Value {
        let field = measure.and_then(|measure| match &measure.aggregate {
            Aggregate::Count => None,
            Aggregate::Sum(field) | Aggregate::Avg(field) | Aggregate::Min(field) | Aggregate::Max(field) => {
                Some(*field)
            }
        });
        match (ty, field, entity) {
            (Type::Scalar(Scalar::Int(_)), None, _) => json!(rows),
            (_, Some(field), Some(entity)) => {
                let declared = self.entity(entity);
                self.of_type(ty, place(&declared.name, &declared.fields[field].name))
            }
            _ => self.of_type(ty, place("", "")),
        }
    }
}

/// So many rows in parts, each at most half of what is left; the last one has the rest.
fn split(rows: u32, parts: usize) -> Vec<u32> {
    let mut left = rows;
    (1..=parts)
        .map(|at| {
            let part = if at == parts { left } else { left.div_ceil(2) };
            left -= part;
            part
        })
        .collect()
}
