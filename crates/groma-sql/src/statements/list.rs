//! A page of rows, and how many there are.
//!
//! A read rule that is an `or` becomes one branch for each of its parts. Each branch excludes the rows of those
//! before it, so that no row stands twice; it is searched, sorted and limited by itself, and the branches are
//! merged. Where a page starts among rows that may be empty in the first sort field, the rows that hold a value
//! there and those that do not are branches too: each is one range of an index.

use groma_ir::access::{CallerFacts, Pred};
use groma_ir::design::{EntityId, NamedFilter, Type};
use groma_ir::http::{Operator, Param, ParamKind};
use groma_plan::{Filter, Query, SortTerm, Test};

use super::readable;
use crate::columns::Columns;
use crate::pred::Scope;
use crate::write::{Context, Slot, Template, Writer};

/// More branches than this are left to the database as one condition.
const MOST_BRANCHES: usize = 8;

/// What a list statement is made for.
#[derive(Clone, Copy)]
pub(crate) struct Shape<'q> {
    pub(crate) entity: EntityId,
    pub(crate) params: &'q [Param],
    pub(crate) named: &'q [NamedFilter],
    pub(crate) query: &'q Query,
    pub(crate) facts: &'q CallerFacts,
    /// Whether pages are cut by an offset.
    pub(crate) by_offset: bool,
}

/// The rows of a page, and one more.
pub(crate) fn rows(cx: Context<'_>, shape: Shape<'_>, columns: &Columns) -> Template {
    let readable = readable(&cx, shape.entity, shape.facts);
    let mut branches = Vec::new();
    for (own, before) in split(&readable) {
        for start in starts(shape.query) {
            branches.push(Branch {
                own: own.clone(),
                before: before.clone(),
                start,
            });
        }
    }
    let mut writer = Writer::new(cx);
    if let [only] = branches.as_slice() {
        select(&mut writer, shape, columns, only, false);
        limit(&mut writer, Slot::Limit);
        if shape.by_offset {
            writer.clause("OFFSET");
            writer.push_parameter(Slot::Offset);
        }
        return writer.finish();
    }
    merged(&mut writer, shape, columns, &branches);
    writer.finish()
}

/// How many rows there are on all pages.
pub(crate) fn count(cx: Context<'_>, shape: Shape<'_>) -> Template {
    let mut writer = Writer::new(cx);
    writer.push("SELECT count(*)");
    from(&mut writer, shape.entity);
    let scope = Scope::row(shape.entity, "t").leading();
    let mut conditions = Conditions::new(&mut writer);
    let readable = readable(&cx, shape.entity, shape.facts);
    if !readable.is_always() {
        conditions.next().pred(&readable, scope);
    }
    filters(&mut conditions, shape, scope);
    writer.finish()
}

/// One of the ranges that make up a page.
struct Branch {
    /// What its rows meet.
    own: Pred,
    /// What they do not, because an earlier branch has those that do.
    before: Vec<Pred>,
    start: Start,
}

/// Where the rows of a branch start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// At the first row.
    First,
    /// After the last row of the page before.
    After,
    /// After it, among those that hold a value in the first sort field.
    AfterHeld,
    /// Those that are empty there, all of which come after it.
    Empty,
}

/// The parts of a rule that are searched by themselves, each with the parts before it.
fn split(readable: &Pred) -> Vec<(Pred, Vec<Pred>)> {
    let whole = vec![(readable.clone(), Vec::new())];
    let parts = match readable {
        Pred::Any(parts) => parts.clone(),
        Pred::All(all) => {
            let Some(at) = all.iter().position(|pred| matches!(pred, Pred::Any(_))) else {
                return whole;
            };
            let mut rest = all.clone();
            let Pred::Any(parts) = rest.remove(at) else {
                return whole;
            };
            parts
                .into_iter()
                .map(|part| Pred::all(std::iter::once(part).chain(rest.clone())))
                .collect()
        }
        Pred::Not(_) | Pred::Atom(_) => return whole,
    };
    if parts.is_empty() || parts.len() > MOST_BRANCHES {
        return whole;
    }
    let earlier = |index: usize| parts.iter().take(index).cloned().collect();
    parts
        .iter()
        .enumerate()
        .map(|(index, part)| (part.clone(), earlier(index)))
        .collect()
}

fn starts(query: &Query) -> Vec<Start> {
    let Some(after) = &query.after else {
        return vec![Start::First];
    };
    match (query.sort.first(), after.first()) {
        (Some(term), Some(value)) if term.nullable && !value.is_null() => {
            vec![Start::AfterHeld, Start::Empty]
        }
        _ => vec![Start::After],
    }
}

fn merged(writer: &mut Writer<'_>, shape: Shape<'_>, columns: &Columns, branches: &[Branch]) {
    writer.push("SELECT ");
    let names: Vec<String> = (0..columns.len()).map(|index| format!("c{index}")).collect();
    writer.push(&names.join(", "));
    writer.clause("FROM");
    writer.push("(");
    for (index, branch) in branches.iter().enumerate() {
        if index > 0 {
            writer.clause("UNION ALL");
        }
        writer.push("SELECT * FROM (");
        select(writer, shape, columns, branch, true);
        limit(writer, Slot::Window);
        writer.push(")");
    }
    writer.push(")");
    writer.clause("ORDER BY");
    for (index, term) in shape.query.sort.iter().enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        let column = format!("c{}", columns.position(term.field).unwrap_or(0));
        order_term(writer, shape.entity, term, &column);
    }
    limit(writer, Slot::Limit);
    if shape.by_offset {
        writer.clause("OFFSET");
        writer.push_parameter(Slot::Offset);
    }
}

fn limit(writer: &mut Writer<'_>, slot: Slot) {
    writer.clause("LIMIT");
    writer.push_parameter(slot);
}

fn from(writer: &mut Writer<'_>, entity: EntityId) {
    writer.clause("FROM");
    let table = writer.table(entity);
    writer.push(&table);
    writer.push(" AS t");
}

fn select(writer: &mut Writer<'_>, shape: Shape<'_>, columns: &Columns, branch: &Branch, numbered: bool) {
    writer.push("SELECT ");
    columns.push(writer, shape.entity, "t", numbered);
    from(writer, shape.entity);
    let scope = Scope::row(shape.entity, "t");
    let mut conditions = Conditions::new(writer);
    if !branch.own.is_always() {
        conditions.next().pred(&branch.own, scope.leading());
    }
    for pred in &branch.before {
        let writer = conditions.next();
        writer.push("NOT ");
        writer.known(pred, scope);
    }
    filters(&mut conditions, shape, scope);
    keyset(&mut conditions, shape, branch.start);
    writer.clause("ORDER BY");
    for (index, term) in shape.query.sort.iter().enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        let column = writer.column(shape.entity, "t", term.field);
        order_term(writer, shape.entity, term, &column);
    }
}

/// Writes one term of an order: an enum by its declared order, empty values last.
fn order_term(writer: &mut Writer<'_>, entity: EntityId, term: &SortTerm, column: &str) {
    let value = sort_value(writer, entity, term, column);
    writer.push(&value);
    writer.push(if term.descending { " DESC" } else { " ASC" });
    if term.nullable {
        writer.push(" NULLS LAST");
    }
}

fn sort_value(writer: &Writer<'_>, entity: EntityId, term: &SortTerm, column: &str) -> String {
    match &writer.cx.model.design.entities[entity].fields[term.field].ty {
        Type::Enum(of) => format!("CASE {column}{} END", writer.ranks(*of)),
        Type::Scalar(_) | Type::Reference(_) | Type::List(_) => column.to_owned(),
    }
}

/// Conditions, the first after `WHERE`, the others after `AND`.
struct Conditions<'w, 'c> {
    writer: &'w mut Writer<'c>,
    first: bool,
}

impl<'w, 'c> Conditions<'w, 'c> {
    fn new(writer: &'w mut Writer<'c>) -> Self {
        Self { writer, first: true }
    }

    fn next(&mut self) -> &mut Writer<'c> {
        if std::mem::take(&mut self.first) {
            self.writer.clause("WHERE");
        } else {
            self.writer.and();
        }
        self.writer
    }
}

fn filters(conditions: &mut Conditions<'_, '_>, shape: Shape<'_>, scope: Scope<'_>) {
    for (index, filter) in shape.query.filters.iter().enumerate() {
        let Some(param) = shape.params.get(filter.param) else {
            continue;
        };
        match &param.kind {
            ParamKind::Filter { field, operator, .. } => {
                let column = conditions.writer.column(shape.entity, scope.alias, *field);
                let ty = &conditions.writer.cx.model.design.entities[shape.entity].fields[*field].ty;
                let is_list = matches!(ty, Type::List(_));
                field_filter(conditions.next(), &column, is_list, (*operator, index, filter));
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
pub(crate) fn is_single(operator: Operator, test: &Test) -> bool {
    operator != Operator::In && matches!(test, Test::Values(values) if values.len() == 1)
}

fn field_filter(
    writer: &mut Writer<'_>,
    column: &str,
    is_list: bool,
    (operator, index, filter): (Operator, usize, &Filter),
) {
    let dialect = writer.cx.dialect;
    let single = is_single(operator, &filter.test);
    if is_list && operator != Operator::Null {
        let test = if single {
            format!("= {}", writer.parameter(Slot::Item(index)))
        } else {
            format!("IN {}", dialect.values_of(&writer.parameter(Slot::Items(index))))
        };
        writer.push(&format!(
            "EXISTS (SELECT 1 FROM {} AS i WHERE i.value {test})",
            dialect.items_of(column)
        ));
        return;
    }
    let text = match operator {
        Operator::Null => match filter.test {
            Test::Null(true) => format!("{column} IS NULL"),
            _ => format!("{column} IS NOT NULL"),
        },
        Operator::Eq | Operator::In if !single => {
            format!(
                "{column} IN {}",
                dialect.values_of(&writer.parameter(Slot::Filters(index)))
            )
        }
        Operator::Contains => {
            let part = writer.parameter(Slot::Folded(index));
            format!("{} > 0", dialect.position(&dialect.folded(column), &part))
        }
        Operator::StartsWith => {
            let part = writer.parameter(Slot::Folded(index));
            format!("{} = 1", dialect.position(&dialect.folded(column), &part))
        }
        Operator::Eq | Operator::In => format!("{column} = {}", writer.parameter(Slot::Filter(index))),
        Operator::Ne => format!(
            "{column} IS DISTINCT FROM {}",
            writer.parameter(Slot::Filter(index))
        ),
        Operator::Gt => format!("{column} > {}", writer.parameter(Slot::Filter(index))),
        Operator::Gte => format!("{column} >= {}", writer.parameter(Slot::Filter(index))),
        Operator::Lt => format!("{column} < {}", writer.parameter(Slot::Filter(index))),
        Operator::Lte => format!("{column} <= {}", writer.parameter(Slot::Filter(index))),
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

/// Writes where a branch starts: after the last row of the page before, in the order of the sort.
fn keyset(conditions: &mut Conditions<'_, '_>, shape: Shape<'_>, start: Start) {
    let terms = &shape.query.sort;
    let Some(first) = terms.first() else { return };
    let column = conditions.writer.column(shape.entity, "t", first.field);
    match start {
        Start::First => {}
        Start::Empty => conditions.next().push(&format!("{column} IS NULL")),
        Start::After | Start::AfterHeld if is_one_range(shape.query, start) => {
            let writer = conditions.next();
            let columns: Vec<String> = terms
                .iter()
                .map(|term| writer.column(shape.entity, "t", term.field))
                .collect();
            let values: Vec<String> = (0..terms.len())
                .map(|index| writer.parameter(Slot::After(index)))
                .collect();
            let sign = if first.descending { "<" } else { ">" };
            writer.push(&format!(
                "({}) {sign} ({})",
                columns.join(", "),
                values.join(", ")
            ));
        }
        Start::After | Start::AfterHeld => {
            if !is_after_empty(shape.query, 0) {
                let writer = conditions.next();
                let value = sort_value(writer, shape.entity, first, &column);
                let bound = writer.parameter(Slot::After(0));
                let sign = if first.descending { "<=" } else { ">=" };
                writer.push(&format!("{value} {sign} {bound}"));
            }
            let text = after(conditions.writer, shape, 0, start == Start::AfterHeld);
            conditions.next().push(&text);
        }
    }
}

/// Whether the order is one range of an index: one direction, and nothing empty.
fn is_one_range(query: &Query, start: Start) -> bool {
    let Some(first) = query.sort.first() else {
        return false;
    };
    query.sort.iter().enumerate().all(|(index, term)| {
        term.descending == first.descending
            && term.variants.is_empty()
            && (!term.nullable || (index == 0 && start == Start::AfterHeld))
    })
}

fn is_after_empty(query: &Query, index: usize) -> bool {
    query
        .after
        .as_ref()
        .and_then(|after| after.get(index))
        .is_some_and(groma_plan::Value::is_null)
}

/// `a > :a OR (a = :a AND ...)`, down to the key. The depth of the calls is the number of sort terms.
fn after(writer: &mut Writer<'_>, shape: Shape<'_>, index: usize, held: bool) -> String {
    let Some(term) = shape.query.sort.get(index) else {
        return String::from("FALSE");
    };
    let column = writer.column(shape.entity, "t", term.field);
    let is_last = index + 1 == shape.query.sort.len();
    if is_after_empty(shape.query, index) {
        let rest = after(writer, shape, index + 1, false);
        return format!("({column} IS NULL AND {rest})");
    }
    let value = sort_value(writer, shape.entity, term, &column);
    let bound = writer.parameter(Slot::After(index));
    let sign = if term.descending { "<" } else { ">" };
    let mut text = format!("{value} {sign} {bound}");
    if term.nullable && !held {
        text = format!("{text} OR {column} IS NULL");
    }
    if !is_last {
        let rest = after(writer, shape, index + 1, false);
        text = format!("{text} OR ({value} = {bound} AND {rest})");
    }
    format!("({text})")
}
