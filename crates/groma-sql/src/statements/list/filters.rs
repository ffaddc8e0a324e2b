//! What a list keeps: filters, named filters, search.

use groma_ir::access::Pred;
use groma_ir::design::{EntityId, FieldId, Type};
use groma_ir::http::{Operator, ParamKind};
use groma_plan::{Filter, Test};

use super::{Conditions, Shape};
use crate::pred::Scope;
use crate::write::{Slot, Writer};

/// Writes the filters and the words of a query.
pub(super) fn filters(conditions: &mut Conditions<'_, '_>, shape: Shape<'_>, scope: Scope<'_>) {
    for (index, filter) in shape.query.filters.iter().enumerate() {
        let Some(param) = shape.params.get(filter.param) else {
            continue;
        };
        match &param.kind {
            ParamKind::Filter { field, operator, .. } => {
                let of = (shape.entity, scope.alias, *field);
                field_filter(conditions.next(), of, (*operator, index, filter));
            }
            ParamKind::Named { filter: named, .. } => {
                let Test::Option(option) = filter.test else {
                    continue;
                };
                let option = shape
                    .named
                    .get(*named)
                    .and_then(|named| named.options.get(option));
                if let Some(cond) = option.and_then(|option| option.when.as_ref()) {
                    conditions.next().pred(&Pred::from_cond(cond), scope);
                }
            }
            ParamKind::Search { .. }
            | ParamKind::Sort { .. }
            | ParamKind::Limit { .. }
            | ParamKind::Cursor
            | ParamKind::Offset
            | ParamKind::Count
            | ParamKind::Include { .. }
            | ParamKind::Fields { .. } => {}
        }
    }
    search(conditions, shape, scope);
}

/// Whether a filter's values are bound one by one or together.
fn is_single(operator: Operator, test: &Test) -> bool {
    operator != Operator::In && matches!(test, Test::Values(values) if values.len() == 1)
}

fn field_filter(
    writer: &mut Writer<'_>,
    (entity, alias, field): (EntityId, &str, FieldId),
    (operator, index, filter): (Operator, usize, &Filter),
) {
    let dialect = writer.cx.dialect;
    let single = is_single(operator, &filter.test);
    let ty = &writer.cx.model.design.entities[entity].fields[field].ty;
    let is_list = matches!(ty, Type::List(_));
    let column = &writer.column(entity, alias, field);
    if is_list && operator != Operator::Null {
        let test = if single {
            dialect.has_item(column, &writer.parameter(Slot::Item(index)))
        } else {
            dialect.has_one_of(column, &writer.parameter(Slot::Items(index)))
        };
        writer.push(&test);
        return;
    }
    let sought = writer.sought(entity, alias, field);
    let compared = |writer: &mut Writer<'_>, sign: &str| {
        let value = sought.value(&writer.parameter(Slot::Filter(index)));
        format!("{} {sign} {value}", sought.column)
    };
    let text = match operator {
        Operator::Null => match filter.test {
            Test::Null(true) => format!("{column} IS NULL"),
            _ => format!("{column} IS NOT NULL"),
        },
        Operator::Eq | Operator::In if !single => {
            writer.is_one_of((entity, alias, field), Slot::Filters(index))
        }
        Operator::Contains => {
            let part = writer.parameter(Slot::Folded(index));
            format!("{} > 0", dialect.position(&dialect.folded(column), &part))
        }
        Operator::StartsWith => {
            let part = writer.parameter(Slot::Folded(index));
            format!("{} = 1", dialect.position(&dialect.folded(column), &part))
        }
        Operator::Eq | Operator::In => compared(writer, "="),
        Operator::Ne => compared(writer, "IS DISTINCT FROM"),
        Operator::Gt => compared(writer, ">"),
        Operator::Gte => compared(writer, ">="),
        Operator::Lt => compared(writer, "<"),
        Operator::Lte => compared(writer, "<="),
    };
    writer.push(&text);
}

/// Every word must stand in one of the searched fields. The words are found as they are: nothing in them is a
/// wildcard.
fn search(conditions: &mut Conditions<'_, '_>, shape: Shape<'_>, scope: Scope<'_>) {
    let fields = shape.params.iter().find_map(|param| match &param.kind {
        ParamKind::Search { fields } => Some(fields),
        _ => None,
    });
    let Some(fields) = fields else { return };
    for index in 0..shape.query.words.len() {
        let writer = conditions.next();
        let word = writer.parameter(Slot::Word(index));
        let dialect = writer.cx.dialect;
        let tests: Vec<String> = fields
            .iter()
            .map(|field| {
                let column = writer.column(shape.entity, scope.alias, *field);
                format!("{} > 0", dialect.position(&dialect.folded(&column), &word))
            })
            .collect();
        writer.push(&format!("({})", tests.join(" OR ")));
    }
}
