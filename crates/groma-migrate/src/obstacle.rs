//! Rows that stand in the way of a new constraint: how many there are, and which.

use groma_sql::Dialect;
use groma_sql::schema::{Check, Column, ForeignKey, Table, quoted};

use crate::change::SMALL;
use crate::conversion::{loss, misfits, said};
use crate::step::Obstacle;

/// So many are shown.
const SHOWN: u32 = 20;

fn among(what: String, rows: &str) -> Obstacle {
    Obstacle {
        what,
        count: format!("SELECT count(*) FROM {rows}"),
        show: format!("SELECT * FROM {rows} LIMIT {SHOWN}"),
    }
}

/// Rows without a value.
pub(crate) fn empty(table: &str, column: &str) -> Obstacle {
    let rows = format!("{} WHERE {} IS NULL", quoted(table), quoted(column));
    among(format!("`{table}.{column}` is empty"), &rows)
}

/// Rows that a check refuses.
pub(crate) fn refused(table: &str, check: &Check) -> Obstacle {
    let rows = format!("{} WHERE NOT ({})", quoted(table), check.expression);
    among(format!("`{table}` breaks `{}`", check.name), &rows)
}

/// Rows whose values do not fit into another type.
pub(crate) fn misfit(dialect: Dialect, table: &str, from: &Column, to: &Column) -> Option<Obstacle> {
    let misfits = misfits(dialect, from, to)?;
    let what = format!("`{table}.{}` does not fit into {}", from.name, said(to));
    Some(among(what, &format!("{} WHERE {misfits}", quoted(table))))
}

/// More rows than are written anew while others wait.
pub(crate) fn too_large(table: &str) -> Obstacle {
    let most = SMALL.rows;
    let few = format!("(SELECT 1 FROM {} LIMIT {}) AS few", quoted(table), most + 1);
    Obstacle {
        what: format!(
            "`{table}` has more than {most}, too many to be written anew at once: plan it against this database"
        ),
        count: format!("SELECT greatest(count(*) - {most}, 0) FROM {few}"),
        show: format!("SELECT count(*) FROM {}", quoted(table)),
    }
}

/// What values of a column lose when they become those of another type.
pub(crate) fn cut(dialect: Dialect, table: &str, from: &Column, to: &Column) -> Option<String> {
    let loss = loss(dialect, from, to)?;
    Some(format!(
        "of values of `{table}.{}`, which become {} where they were {}: {loss}",
        to.name,
        said(to),
        said(from)
    ))
}

/// Rows that share what no two may share.
pub(crate) fn shared(table: &str, columns: &[String], predicate: Option<&str>) -> Obstacle {
    let list: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    let set: Vec<String> = list
        .iter()
        .map(|column| format!("{column} IS NOT NULL"))
        .collect();
    let also = predicate.map_or_else(String::new, |predicate| format!(" AND ({predicate})"));
    let (list, set) = (list.join(", "), set.join(" AND "));
    let groups = format!(
        "{} WHERE {set}{also} GROUP BY {list} HAVING count(*) > 1",
        quoted(table)
    );
    Obstacle {
        what: format!("rows of `{table}` share `{}`", columns.join("`, `")),
        count: format!("SELECT count(*) FROM (SELECT {list}, count(*) AS rows FROM {groups}) AS shared"),
        show: format!("SELECT {list}, count(*) FROM {groups} LIMIT {SHOWN}"),
    }
}

/// Rows that point at nothing.
pub(crate) fn dangling(table: &str, key: &ForeignKey) -> Obstacle {
    let set: Vec<String> = key
        .columns
        .iter()
        .map(|column| format!("here.{} IS NOT NULL", quoted(column)))
        .collect();
    let pairs = key.columns.iter().zip(&key.to);
    let equal: Vec<String> = pairs
        .map(|(here, there)| format!("there.{} = here.{}", quoted(there), quoted(here)))
        .collect();
    let rows = format!(
        "{} AS here WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS there WHERE {})",
        quoted(table),
        set.join(" AND "),
        quoted(&key.table),
        equal.join(" AND ")
    );
    among(
        format!(
            "`{table}.{}` points at no row of `{}`",
            key.columns.join("`, `"),
            key.table
        ),
        &rows,
    )
}

/// Obstacles of a table as seen before it is made: its rows are those of a query then.
pub(crate) fn seen_from(obstacles: Vec<Obstacle>, table: &str, rows: &str) -> Vec<Obstacle> {
    let name = format!(" FROM {}", quoted(table));
    let rows = format!(" FROM ({rows}) AS {}", quoted(table));
    let seen = obstacles.into_iter().map(|obstacle| Obstacle {
        what: obstacle.what,
        count: obstacle.count.replacen(&name, &rows, 1),
        show: obstacle.show.replacen(&name, &rows, 1),
    });
    seen.collect()
}

/// Rows that break whatever a table asks for.
pub(crate) fn of_table(table: &Table) -> Vec<Obstacle> {
    let set = table.columns.iter().filter(|column| column.not_null);
    let set = set.map(|column| empty(&table.name, &column.name));
    let checks = table.checks.iter().map(|check| refused(&table.name, check));
    let uniques = table
        .uniques
        .iter()
        .map(|unique| shared(&table.name, &unique.columns, None));
    set.chain(checks).chain(uniques).collect()
}
