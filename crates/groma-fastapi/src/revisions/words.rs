//! What a revision does, in words: its docstring, the name of its file, and what is to be known before it is applied.

use groma_migrate::{Op, lost};

use super::both::Pair;

/// So many things are named; the rest is counted.
const NAMED: usize = 6;

/// What is done that somebody would look for, in order: a sentence and a name of each.
fn notable(pairs: &[Pair]) -> Vec<(String, String)> {
    let mut said = Vec::new();
    for pair in pairs {
        let op = pair.op();
        let table = op.table();
        let words = match op {
            Op::CreateTable(_) => (format!("makes `{table}`"), format!("add_{table}")),
            Op::DropTable(_) => (format!("drops `{table}`"), format!("drop_{table}")),
            Op::RenameTable { from, to } => {
                (format!("calls `{from}` `{to}`"), format!("rename_{from}_to_{to}"))
            }
            Op::AddColumn { column, .. } => named("adds", "add", table, &column.name),
            Op::DropColumn { column, .. } => named("drops", "drop", table, &column.name),
            Op::RenameColumn { from, to, .. } => (
                format!("calls `{table}.{from}` `{to}`"),
                format!("rename_{table}_{from}_to_{to}"),
            ),
            Op::Retype { to, .. } => named("changes the type of", "change_type_of", table, &to.name),
            Op::SetNotNull { column, .. } => named("requires", "require", table, column),
            Op::DropNotNull { column, .. } => named("no longer requires", "free", table, column),
            Op::RenameValue { column, .. } => named("renames values of", "rename_values_of", table, column),
            Op::AddUnique { unique, .. } => {
                named("makes unique", "unique", table, &unique.columns.join("_and_"))
            }
            Op::DropUnique { unique, .. } => named(
                "no longer keeps unique",
                "not_unique",
                table,
                &unique.columns.join("_and_"),
            ),
            _ => continue,
        };
        // A new column that is required is one thing.
        let is_part = |(_, known): &(String, String)| match op {
            Op::SetNotNull { table, column } => *known == format!("add_{table}_{column}"),
            Op::DropNotNull { table, column } => *known == format!("drop_{table}_{column}"),
            _ => known == &words.1,
        };
        if !said.iter().any(is_part) {
            said.push(words);
        }
    }
    said
}

fn named(verb: &str, slug: &str, table: &str, column: &str) -> (String, String) {
    (
        format!("{verb} `{table}.{column}`"),
        format!("{slug}_{table}_{column}"),
    )
}

/// The docstring's first part.
pub(super) fn title(pairs: &[Pair]) -> String {
    let said = notable(pairs);
    let mut parts: Vec<String> = said.iter().take(NAMED).map(|(words, _)| words.clone()).collect();
    match said.len() {
        0 => parts.push(constraints(pairs)),
        some if some > NAMED => parts.push(format!("{} more", some - NAMED)),
        _ => {}
    }
    let text = parts.join(", ");
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str() + "."
}

fn constraints(pairs: &[Pair]) -> String {
    if is_said_alone(pairs) {
        return format!("changes comments of `{}`", tables(pairs).join("`, `"));
    }
    format!("changes constraints of `{}`", tables(pairs).join("`, `"))
}

/// Whether nothing but comments changes.
fn is_said_alone(pairs: &[Pair]) -> bool {
    pairs
        .iter()
        .all(|pair| matches!(pair.op(), Op::SetComment { .. }))
}

fn tables(pairs: &[Pair]) -> Vec<&str> {
    let mut tables: Vec<&str> = Vec::new();
    for pair in pairs {
        if !tables.contains(&pair.op().table()) {
            tables.push(pair.op().table());
        }
    }
    tables
}

/// What the file is called behind its number.
pub(super) fn slug(pairs: &[Pair]) -> String {
    let said = notable(pairs);
    let name = match said.as_slice() {
        [] if is_said_alone(pairs) => format!("comment_{}", tables(pairs).join("_and_")),
        [] => format!("change_{}", tables(pairs).join("_and_")),
        [(_, only)] => only.clone(),
        [(_, first), rest @ ..] => format!("{first}_and_{}_more", rest.len()),
    };
    let plain = name.to_lowercase();
    let plain = plain.replace(|char: char| !char.is_ascii_alphanumeric(), "_");
    groma_migrate::short_name(&[&plain])
}

/// What is gone when it is done, whatever is taken back, each once.
pub(super) fn losses(pairs: &[Pair]) -> Vec<String> {
    let mut losses: Vec<String> = Vec::new();
    for pair in pairs {
        let mut sides = pair.sides().filter_map(|(dialect, op)| lost(dialect, op));
        if let Some(loss) = sides.next()
            && !losses.contains(&loss)
        {
            losses.push(loss);
        }
    }
    losses
}

/// The values that a column may not hold any more and rows may still hold, a line for each column.
pub(super) fn values_gone(pairs: &[Pair]) -> Vec<String> {
    let ops = || pairs.iter().map(Pair::op);
    let old = |of: &str, name: &str| {
        ops().find_map(|op| match op {
            Op::DropCheck { table, check } if table == of && check.name == name => values(&check.expression),
            _ => None,
        })
    };
    let is_renamed = |of: &str, value: &str| {
        ops().any(|op| matches!(op, Op::RenameValue { table, from, .. } if table == of && from == value))
    };
    ops()
        .filter_map(|op| {
            let Op::AddCheck { table, check } = op else {
                return None;
            };
            let (column, kept) = values(&check.expression)?;
            let (_, was) = old(table, &check.name)?;
            let gone: Vec<String> = was
                .iter()
                .filter(|value| !kept.contains(value) && !is_renamed(table, value))
                .map(|value| format!("`{value}`"))
                .collect();
            let gone = groma_ir::words::list(gone, "or");
            (!gone.is_empty()).then(|| format!("`{column}` of `{table}` is {gone}"))
        })
        .collect()
}

/// The column of a check that lists values, and these; they are names, so that none holds a comma.
fn values(expression: &str) -> Option<(&str, Vec<&str>)> {
    let (column, values) = expression.split_once(" IN (")?;
    let values = values.strip_suffix(')')?.split(", ");
    let values = values.map(|value| value.strip_prefix('\'')?.strip_suffix('\''));
    Some((column.trim_matches('"'), values.collect::<Option<_>>()?))
}
