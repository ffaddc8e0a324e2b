//! What an author says of a change when the plan asks, and what rows have to look like there and back.

use std::fmt::Write as _;

use groma_sql::Dialect;
use groma_sql::schema::{Schema, quoted};

use super::{Draft, DraftColumn, Kind, Next};
use crate::{Given, Migration, Op, Plan, Question, QuestionKind, plan};

/// A plan all of whose questions are answered.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The plan.
    pub plan: Plan,
    /// Statements that give rows what they have to have before the second migration.
    pub fills: Vec<String>,
    /// How many questions were answered.
    pub answers: usize,
}

impl Next {
    /// Plans the change as an author does who says nothing before it is asked: the questions are answered one by one.
    /// Some columns that rows have no value for get a default, others are filled between the two migrations.
    pub fn answered(&mut self, old: &Draft, dialect: Dialect) -> Answered {
        let source = old.schema(dialect);
        let mut said = Given::default();
        let mut answers = 0;
        loop {
            let planned = plan(&source, &self.draft.schema(dialect), &said);
            let Some(question) = planned.questions.iter().find(|it| it.is_blocking()) else {
                break;
            };
            self.answer(question, &mut said);
            answers += 1;
        }
        // Nobody asks whether a column that holds something else now is another one: it is said all the same.
        said.renames = self.given.renames.clone();
        let mut fills = Vec::new();
        let planned = plan(&source, &self.draft.schema(dialect), &said);
        for (at, question) in planned.questions.iter().enumerate() {
            answers += 1;
            fills.extend(self.value_for(question, at, dialect));
        }
        Answered {
            plan: plan(&source, &self.draft.schema(dialect), &said),
            fills,
            answers,
        }
    }

    fn answer(&self, question: &Question, said: &mut Given) {
        let QuestionKind::Renamed { from } = &question.kind else {
            return;
        };
        let truth = &self.given.renames;
        let table = &question.table;
        let is_column = question.column.is_some();
        let column = truth
            .columns
            .iter()
            .find(|((of, _), old)| of == table && *old == from);
        let named = truth.tables.iter().find(|(_, old)| *old == from);
        match (column.filter(|_| is_column), named.filter(|_| !is_column)) {
            (Some((place, old)), _) => drop(said.renames.columns.insert(place.clone(), old.clone())),
            (None, Some((new, old))) => drop(said.renames.tables.insert(new.clone(), old.clone())),
            (None, None) if is_column => drop(said.goes.insert((table.clone(), Some(from.clone())))),
            (None, None) => drop(said.goes.insert((from.clone(), None))),
        }
    }

    /// What rows get: a default from now on, or a value by hand.
    fn value_for(&mut self, question: &Question, at: usize, dialect: Dialect) -> Option<String> {
        let mut tables = self.draft.tables.iter_mut();
        let table = tables.find(|table| table.name == question.table)?;
        let name = question.column.as_ref()?;
        let column = table.columns.iter_mut().find(|column| column.name == *name)?;
        if at.is_multiple_of(2) {
            column.has_default = true;
            return None;
        }
        let value = column.value(dialect, 0);
        Some(format!(
            "UPDATE {} SET {} = {value}",
            quoted(&table.name),
            quoted(name)
        ))
    }

    /// The columns of the old draft that are there in this one, each with its new table and its new name.
    pub fn kept<'n>(
        &'n self,
        old: &'n Draft,
    ) -> impl Iterator<Item = ((&'n str, &'n str), (&'n str, &'n str))> {
        let renames = &self.given.renames;
        self.draft.tables.iter().flat_map(move |new| {
            let was = renames.tables.get(&new.name).unwrap_or(&new.name);
            let table = old.tables.iter().find(|table| table.name == *was);
            table.into_iter().flat_map(move |table| {
                let columns = new.columns.iter().filter_map(|column| {
                    let place = (new.name.clone(), column.name.clone());
                    let was = renames.columns.get(&place).unwrap_or(&column.name);
                    let was = table.columns.iter().find(|column| column.name == *was)?;
                    Some((was.name.as_str(), column.name.as_str()))
                });
                std::iter::once(("id", "id"))
                    .chain(columns)
                    .map(|(was, is)| ((table.name.as_str(), was), (new.name.as_str(), is)))
            })
        })
    }
}

impl Draft {
    /// A query that answers a row for each column: its table, its name, and all of its values in the order of the keys,
    /// as a text that is the same whichever type holds them.
    pub fn read(&self, dialect: Dialect) -> String {
        let mut query = String::new();
        for table in &self.tables {
            let columns = table.columns.iter();
            let columns = columns.map(|column| (column.name.as_str(), column.as_text(dialect)));
            for (name, text) in std::iter::once(("id", super::reference().as_text(dialect))).chain(columns) {
                let joined = match dialect {
                    Dialect::Postgres => "string_agg(coalesce(v, '-'), ',' ORDER BY id)",
                    Dialect::Sqlite => "group_concat(coalesce(v, '-'), ',' ORDER BY id)",
                };
                let between = if query.is_empty() { "" } else { "\nUNION ALL " };
                let _ = write!(
                    query,
                    "{between}SELECT '{0}', '{name}', coalesce({joined}, '') FROM (SELECT \"id\", {text} AS v FROM {1}) AS it",
                    table.name,
                    quoted(&table.name)
                );
            }
        }
        query
    }
}

impl DraftColumn {
    fn as_text(&self, dialect: Dialect) -> String {
        let name = quoted(&self.name);
        match (&self.kind, dialect) {
            (Kind::Bool, Dialect::Postgres) => format!("{name}::int::text"),
            (Kind::Decimal(_), Dialect::Postgres) => format!("trim_scale({name})::text"),
            _ => format!("CAST({name} AS text)"),
        }
    }
}

/// What undoing migrations brings back of the schema that they start from: all but that columns which were let go have
/// a value in each row.
pub fn brought_back(source: &Schema, migrations: &[Migration]) -> Schema {
    let mut schema = source.clone();
    let steps = migrations.iter().flat_map(|migration| &migration.steps);
    let ops = steps.flat_map(|step| &step.ops).flat_map(|op| match op {
        Op::AtOnce { ops, .. } => ops.iter().collect(),
        op => vec![op],
    });
    let ops: Vec<&Op> = ops.collect();
    for op in &ops {
        if let Op::RenameTable { .. } | Op::RenameColumn { .. } | Op::LetGo { .. } = op {
            op.apply(&mut schema);
        }
    }
    for op in ops.iter().rev() {
        if let Op::RenameTable { .. } | Op::RenameColumn { .. } = op {
            op.inverse().apply(&mut schema);
        }
    }
    schema
}
