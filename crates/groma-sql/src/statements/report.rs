//! The numbers of a report, in one pass over the rows that the caller may read.

use groma_ir::access::Pred;
use groma_ir::design::{Aggregate, EntityId, FieldId, Measure, Report, Type};
use groma_ir::scalar::StorageClass;
use groma_plan::Value;

use super::below::Below;
use crate::pred::Scope;
use crate::write::{Context, Template, Writer};

/// One row with every number of the report, in its order.
pub(crate) fn report(cx: Context<'_>, entity: EntityId, report: &Report, below: Below<'_>) -> Template {
    let mut writer = Writer::new(cx);
    writer.push("SELECT ");
    let mut numbers = Vec::new();
    for measure in &report.measures {
        for part in parts(&cx, entity, measure) {
            numbers.push(writer.fragment(|writer| number(writer, entity, measure, part.as_ref())));
        }
    }
    if numbers.is_empty() {
        numbers.push(String::from("1"));
    }
    writer.push(&numbers.join(if cx.is_for_people() { ",\n       " } else { ", " }));
    writer.clause("FROM");
    let table = writer.table(entity);
    writer.push(&table);
    writer.push(" AS t");
    let mut all = below.conditions(&mut writer, entity, "t");
    let readable = below.readable(&cx, entity);
    if !readable.is_always() {
        let scope = Scope::row(entity, "t").leading();
        all.push(writer.fragment(|writer| writer.pred(&readable, scope)));
    }
    if !all.is_empty() {
        writer.clause("WHERE");
        writer.all(&all);
    }
    writer.finish()
}

/// The values for each of which a measure has a number; one nothing where it has only one.
fn parts(cx: &Context<'_>, entity: EntityId, measure: &Measure) -> Vec<Option<(FieldId, Value)>> {
    let Some(field) = measure.per else {
        return vec![None];
    };
    match &cx.model.design.entities[entity].fields[field].ty {
        Type::Enum(of) => {
            let variants = cx.model.design.enums[*of].variants.iter();
            variants
                .map(|variant| Some((field, Value::Text(variant.name.clone()))))
                .collect()
        }
        Type::Scalar(_) | Type::Reference(_) | Type::List(_) => {
            vec![
                Some((field, Value::Bool(true))),
                Some((field, Value::Bool(false))),
            ]
        }
    }
}

fn number(writer: &mut Writer<'_>, entity: EntityId, measure: &Measure, part: Option<&(FieldId, Value)>) {
    let zero = zero(writer, entity, measure.aggregate);
    writer.push(if zero.is_some() { "coalesce(" } else { "" });
    for (call, end) in calls(writer, entity, measure.aggregate) {
        writer.push(&call);
        filter(writer, entity, measure, part);
        writer.push(&end);
    }
    if let Some(zero) = zero {
        writer.push(&format!(", {zero})"));
    }
}

/// What an aggregate is over nothing, where the database says that it is null.
fn zero(writer: &Writer<'_>, entity: EntityId, aggregate: Aggregate) -> Option<&'static str> {
    let Aggregate::Sum(field) = aggregate else {
        return None;
    };
    let class = writer.cx.model.tables.of(entity).column(field).class;
    Some(if class == StorageClass::Float { "0.0" } else { "0" })
}

/// Which rows an aggregate looks at.
fn filter(writer: &mut Writer<'_>, entity: EntityId, measure: &Measure, part: Option<&(FieldId, Value)>) {
    let scope = Scope::row(entity, "t");
    let when = measure
        .when
        .as_ref()
        .map(Pred::from_cond)
        .filter(|pred| !pred.is_always());
    if part.is_none() && when.is_none() {
        return;
    }
    writer.push(" FILTER (WHERE ");
    if let Some((field, value)) = part {
        let column = writer.sought(entity, "t", *field).column;
        let literal = writer.cx.dialect.literal(value);
        writer.push(&format!("{column} = {literal}"));
    }
    if let Some(when) = when {
        writer.push(if part.is_some() { " AND " } else { "" });
        writer.pred(&when, scope);
    }
    writer.push(")");
}

/// The aggregates of a number, each with what stands behind its filter.
fn calls(writer: &Writer<'_>, entity: EntityId, aggregate: Aggregate) -> Vec<(String, String)> {
    let column = |field: FieldId| writer.column(entity, "t", field);
    let class = |field: FieldId| writer.cx.model.tables.of(entity).column(field).class;
    let one = |call: String| vec![(call, String::new())];
    match aggregate {
        Aggregate::Count => one(String::from("count(*)")),
        Aggregate::Sum(field) => writer.cx.dialect.sum(&column(field), class(field)),
        Aggregate::Min(field) => one(format!("min({})", column(field))),
        Aggregate::Max(field) => one(format!("max({})", column(field))),
        Aggregate::Avg(field) => writer.cx.dialect.average(&column(field), class(field)),
    }
}
