//! What a list is asked for, and the rows that it must show, in order.

use std::cmp::Ordering;

use groma_ir::design::{FieldId, NamedFilter, Type, Value};
use groma_ir::http::{Operator, Param, ParamKind, Route};

use super::ROWS;
use crate::sample_rows::{Table, order};

/// A query and what it shows.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Case {
    /// `due__gt=2026-05-01`; constants stand in braces.
    pub(super) query: String,
    /// The constants that it names.
    pub(super) uses: Vec<String>,
    /// The rows, by their number.
    pub(super) shown: Vec<usize>,
}

/// One term of an order: a field, and whether the largest comes first.
type Term = (FieldId, bool);

/// The cases of a list.
pub(super) struct Cases<'t, 'w, 'm> {
    pub(super) table: &'t Table<'w, 'm>,
    pub(super) route: &'m Route,
    /// The order where a query says nothing.
    usual: Vec<Term>,
    pub(super) all: Vec<Case>,
}

impl<'t, 'w, 'm> Cases<'t, 'w, 'm> {
    /// All that is known of a list. None where not even its usual order is.
    pub(super) fn of(table: &'t Table<'w, 'm>, route: &'m Route) -> Option<Self> {
        let mut cases = Self {
            table,
            route,
            usual: Vec::new(),
            all: Vec::new(),
        };
        for param in &route.query {
            if let ParamKind::Sort { fields, default } = &param.kind {
                cases.usual = cases.sorts(fields, default)?;
            }
        }
        let usual = cases.in_order(&cases.usual, (0..ROWS).collect());
        cases.add(String::new(), Vec::new(), usual);
        for param in &route.query {
            cases.param(param);
        }
        Some(cases)
    }

    fn add(&mut self, query: String, uses: Vec<String>, shown: Vec<usize>) {
        let case = Case { query, uses, shown };
        if !self.all.contains(&case) {
            self.all.push(case);
        }
    }

    fn param(&mut self, param: &'m Param) {
        match &param.kind {
            ParamKind::Filter { field, operator, .. } => {
                self.filter(*field, *operator, param);
            }
            ParamKind::Named { filter, .. } => self.named(*filter, param),
            ParamKind::Search { fields } => {
                self.search(fields);
            }
            ParamKind::Sort { fields, .. } => self.orders(fields),
            ParamKind::Limit { .. }
            | ParamKind::Cursor
            | ParamKind::Offset
            | ParamKind::Count
            | ParamKind::Include { .. }
            | ParamKind::Fields { .. } => {}
        }
    }

    /// Each field upwards and downwards, and the first two together.
    fn orders(&mut self, fields: &[(String, FieldId)]) {
        let known = fields
            .iter()
            .filter(|(_, field)| self.table.columns.contains_key(field));
        let known: Vec<&str> = known.map(|(name, _)| name.as_str()).collect();
        let mut orders: Vec<String> = Vec::new();
        for name in &known {
            orders.extend([(*name).to_owned(), format!("-{name}")]);
        }
        if let [first, second, ..] = known.as_slice() {
            orders.push(format!("-{first},{second}"));
        }
        for text in orders {
            if let Some(terms) = self.sorts(fields, &text) {
                let shown = self.in_order(&terms, (0..ROWS).collect());
                self.add(format!("sort={text}"), Vec::new(), shown);
            }
        }
    }

    fn sorts(&self, fields: &[(String, FieldId)], text: &str) -> Option<Vec<Term>> {
        let terms = text.split(',').map(|term| {
            let name = term.trim_start_matches('-');
            let (_, field) = fields.iter().find(|(known, _)| known == name)?;
            let is_known = self.table.columns.contains_key(field);
            is_known.then_some((*field, term.starts_with('-')))
        });
        terms.collect()
    }

    /// Rows in an order: those without a value last, ties by the key in the direction of the last term.
    fn in_order(&self, terms: &[Term], mut rows: Vec<usize>) -> Vec<usize> {
        let turned = |order: Ordering, is_down: bool| if is_down { order.reverse() } else { order };
        rows.sort_by(|left, right| {
            for (field, is_down) in terms {
                let (left, right) = (self.cell(*field, *left), self.cell(*field, *right));
                let way = match (left == &Value::None, right == &Value::None) {
                    (false, false) => turned(order(left, right).unwrap_or(Ordering::Equal), *is_down),
                    (left, right) => left.cmp(&right),
                };
                if way.is_ne() {
                    return way;
                }
            }
            turned(left.cmp(right), terms.last().is_some_and(|(_, is_down)| *is_down))
        });
        rows
    }

    fn cell(&self, field: FieldId, row: usize) -> &Value {
        let column = self.table.columns.get(&field);
        column
            .and_then(|column| column.cells.get(row))
            .unwrap_or(&Value::None)
    }

    /// The rows for which this holds, in the usual order.
    fn kept(&self, holds: impl Fn(usize) -> bool) -> Vec<usize> {
        let rows = (0..ROWS).filter(|row| holds(*row)).collect();
        self.in_order(&self.usual, rows)
    }

    fn filter(&mut self, field: FieldId, operator: Operator, param: &Param) -> Option<()> {
        let column = self.table.columns.get(&field)?;
        let ty = &self.table.cx.model.design.entities[self.table.entity].fields[field].ty;
        let name = &param.name;
        let (first, second) = (column.values.first()?, column.values.get(1)?);
        let ask = |value: &Value| self.table.asked(field, value);
        if operator == Operator::Null {
            let is_empty = |row| *self.cell(field, row) == Value::None;
            let (empty, full) = (self.kept(is_empty), self.kept(|row| !is_empty(row)));
            self.add(format!("{name}=true"), Vec::new(), empty);
            self.add(format!("{name}=false"), Vec::new(), full);
            return Some(());
        }
        if let (Operator::Contains | Operator::StartsWith, Value::Text(text)) = (operator, second) {
            return self.parts(field, operator, name, text);
        }
        let holds = |row: usize, wanted: &[&Value]| {
            let cell = self.cell(field, row);
            let has = match cell {
                Value::List(items) => items.iter().any(|item| wanted.contains(&item)),
                cell => wanted.contains(&cell),
            };
            let than =
                |is: fn(Ordering) -> bool| wanted.iter().all(|value| order(cell, value).is_some_and(is));
            match operator {
                Operator::Eq | Operator::In => has,
                Operator::Ne => !has,
                Operator::Gt => than(Ordering::is_gt),
                Operator::Gte => than(Ordering::is_ge),
                Operator::Lt => than(Ordering::is_lt),
                Operator::Lte => than(Ordering::is_le),
                Operator::Null | Operator::Contains | Operator::StartsWith => false,
            }
        };
        if matches!(ty, Type::List(_)) && !matches!(operator, Operator::Eq | Operator::In) {
            return None;
        }
        let ((one, use_one), (two, use_two)) = (ask(first)?, ask(second)?);
        // Neither shows nothing.
        let (bound, use_bound) = match operator {
            Operator::Gt | Operator::Gte => (first, &use_one),
            _ => (second, &use_two),
        };
        let single = self.kept(|row| holds(row, &[bound]));
        let both = self.kept(|row| holds(row, &[first, second]));
        let use_bound: Vec<String> = use_bound.iter().cloned().collect();
        let uses: Vec<String> = use_one.into_iter().chain(use_two.clone()).collect();
        match operator {
            Operator::In => self.add(format!("{name}={one},{two}"), uses, both),
            Operator::Eq => {
                self.add(format!("{name}={two}"), use_two.into_iter().collect(), single);
                self.add(format!("{name}={one}&{name}={two}"), uses, both);
            }
            _ => self.add(format!("{name}={}", ask(bound)?.0), use_bound, single),
        }
        Some(())
    }

    /// Parts of a text in another case; one that stands within it does not begin it.
    fn parts(&mut self, field: FieldId, operator: Operator, name: &str, text: &str) -> Option<()> {
        let text = text.to_uppercase();
        let (head, inner) = (text.get(..2)?, text.get(1..3)?);
        for part in [head, inner] {
            let shown = self.kept(|row| match self.cell(field, row) {
                Value::Text(cell) if operator == Operator::StartsWith => {
                    cell.to_uppercase().starts_with(part)
                }
                Value::Text(cell) => cell.to_uppercase().contains(part),
                _ => false,
            });
            self.add(format!("{name}={part}"), Vec::new(), shown);
        }
        Some(())
    }

    fn named(&mut self, filter: usize, param: &Param) {
        let resource = &self.table.cx.model.design.resources[self.route.resource];
        let Some(named): Option<&NamedFilter> =
            resource.list.as_ref().and_then(|list| list.named.get(filter))
        else {
            return;
        };
        for option in &named.options {
            let says = (0..ROWS).map(|row| match &option.when {
                Some(cond) => self.table.says(cond, row),
                None => Some(true),
            });
            let Some(says) = says.collect::<Option<Vec<bool>>>() else {
                continue;
            };
            let shown = self.kept(|row| says.get(row) == Some(&true));
            self.add(format!("{}={}", param.name, option.name), Vec::new(), shown);
        }
    }

    /// A word of each field, in another case and not whole; two words; and what no row has.
    fn search(&mut self, fields: &[FieldId]) -> Option<()> {
        let texts = (0..ROWS).map(|row| {
            let texts = fields.iter().map(|field| match self.table.value(*field, row)? {
                Value::Text(text) => Some(text.to_uppercase()),
                _ => Some(String::new()),
            });
            texts.collect::<Option<Vec<String>>>()
        });
        let texts: Vec<Vec<String>> = texts.collect::<Option<_>>()?;
        let holds = |row: usize, word: &str| {
            texts
                .get(row)
                .is_some_and(|texts| texts.iter().any(|text| text.contains(word)))
        };
        let first = texts
            .iter()
            .find(|texts| texts.iter().all(|text| text.len() > 2))?;
        let words: Vec<String> = first
            .iter()
            .filter_map(|text| text.get(1..).map(str::to_owned))
            .collect();
        let mut queries: Vec<Vec<String>> = words.iter().map(|word| vec![word.clone()]).collect();
        queries.push(words);
        queries.push(vec![String::from("NOTHING")]);
        for words in queries {
            let shown = self.kept(|row| words.iter().all(|word| holds(row, word)));
            let is_plain = words.iter().all(|word| word.chars().all(char::is_alphanumeric));
            if is_plain {
                self.add(format!("q={}", words.join("%20")), Vec::new(), shown);
            }
        }
        // Nothing in a word is a wildcard.
        self.add(String::from("q=%25"), Vec::new(), Vec::new());
        Some(())
    }
}
