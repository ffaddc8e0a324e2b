//! Columns that are kept in step, filled from each other and swapped: how a type changes while others read and write.

use groma_sql::Dialect;
use groma_sql::schema::{Column, dollars, quoted};

use super::{Maker, spelled};
use crate::change::SMALL;
use crate::conversion::{Conversion, converted, may_fail, misfits};
use crate::name;
use crate::obstacle;
use crate::op::Op;
use crate::step::{LockMode, Undo};

impl Maker<'_> {
    /// Keeps a column in step, or no more.
    pub(super) fn mirror(&mut self, op: &Op, (from, to): (&Column, &Column), on: bool) {
        let table = op.table();
        let mut step = self.step(spelled::title(op), spelled::statements(op), table);
        let back = op.inverse();
        step.undo.sql = spelled::statements(&back);
        if on {
            step.locks = self
                .lock(table, LockMode::ShareRowExclusive)
                .into_iter()
                .collect();
            step.obstacles
                .extend(obstacle::misfit(Dialect::Postgres, table, from, to));
            step.avoids = vec!["PG25"];
            step.way = Some(format!(
                "a second column beside it; the table of at most {} rows would be changed where it stands",
                SMALL.rows
            ));
        } else if let Some(value) = value(&quoted(&from.name), from, to) {
            // Others have written meanwhile. What cannot be made into the old type is left empty.
            let fits = misfits(Dialect::Postgres, from, to);
            let value = fits.map_or_else(
                || value.clone(),
                |not| format!("CASE WHEN NOT ({not}) THEN {value} END"),
            );
            let (table, name) = (quoted(table), quoted(&to.name));
            step.undo.sql.push(format!("UPDATE {table} SET {name} = {value}"));
        }
        step.undo.ops = vec![back];
        step.ops = vec![op.clone()];
        self.push(step);
    }

    /// Fills a column from another one.
    pub(super) fn convert(&mut self, op: &Op, (from, to): (&Column, &Column)) {
        let Some(value) = value(&quoted(&from.name), from, to) else {
            return;
        };
        let name = quoted(&to.name);
        let (set, still) = (
            format!("{name} = {value}"),
            format!("{name} IS DISTINCT FROM {value}"),
        );
        self.batches(op.clone(), &set, &still);
        // What the planner knows of the new column is nothing until somebody looks.
        let title = format!("let queries know what is in `{}.{}`", op.table(), to.name);
        let sql = format!("ANALYZE {} ({name})", quoted(op.table()));
        let mut step = self.step(title, vec![sql], op.table());
        step.locks = self
            .lock(op.table(), LockMode::ShareUpdateExclusive)
            .into_iter()
            .collect();
        self.push(step);
    }

    /// Several things in one transaction, as one step.
    pub(super) fn at_once(&mut self, op: &Op, ops: &[Op]) {
        let mut step = self.step(spelled::title(op), spelled::statements(op), op.table());
        for inner in ops {
            if let Op::Mirror {
                table,
                from: new,
                to: old,
                on: true,
            } = inner
            {
                // Named as it is when this is done.
                let was = Column {
                    name: new.name.clone(),
                    ..old.clone()
                };
                step.lost
                    .extend(obstacle::cut(Dialect::Postgres, table, &was, new));
            }
        }
        let back = op.inverse();
        step.undo = Undo {
            sql: spelled::statements(&back),
            lost: back.doubt().into_iter().collect(),
            ops: vec![back],
        };
        step.ops = vec![op.clone()];
        self.push(step);
    }
}

/// A value of one column as one of another.
fn value(text: &str, from: &Column, to: &Column) -> Option<String> {
    match converted(Dialect::Postgres, text, (from, to)) {
        Conversion::Each(expression) => Some(format!("({expression})")),
        Conversion::Free => Some(text.to_owned()),
        Conversion::None => None,
    }
}

/// The statements that keep a column in step with another one, or no more.
pub(super) fn mirror(table: &str, (from, to): (&Column, &Column), on: bool) -> Vec<String> {
    let trigger = quoted(&name::short(&["zz_groma", &to.name]));
    let function = format!("groma_internal.{}", quoted(&name::short(&[table, &to.name])));
    let table = quoted(table);
    if !on {
        return vec![
            format!("DROP TRIGGER IF EXISTS {trigger} ON {table}"),
            format!("DROP FUNCTION IF EXISTS {function}()"),
        ];
    }
    let (there, here) = (
        format!("NEW.{}", quoted(&from.name)),
        format!("NEW.{}", quoted(&to.name)),
    );
    let set = match value(&there, from, to) {
        // A value that is none of the other type keeps nobody from writing it.
        Some(value) if may_fail(from, to) => {
            format!("BEGIN {here} := {value}; EXCEPTION WHEN OTHERS THEN {here} := NULL; END;")
        }
        Some(value) => format!("{here} := {value};"),
        None => format!("{here} := NULL;"),
    };
    let body = format!(
        "BEGIN\n  IF TG_OP = 'INSERT' OR {there} IS DISTINCT FROM OLD.{} THEN\n    {set}\n  END IF;\n  RETURN NEW;\nEND",
        quoted(&from.name)
    );
    vec![
        String::from("CREATE SCHEMA IF NOT EXISTS groma_internal"),
        format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql\n  SET search_path = pg_catalog, pg_temp AS {}",
            dollars(&body)
        ),
        format!(
            "CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        ),
    ]
}
