//! What is dangerous about hand-written SQL for Postgres.
//!
//! The field's linter reads the text. What it says is dropped where the catalog knows better (a change of type that is
//! free, a table that the same file makes, a table without rows), and what it does not see is added. A finding that an
//! author has looked at is silenced by a comment before its statement: `-- groma: allow NAME`.
//!
//! Knows text and what it is told of the database. Asks no database.

mod ahead;
mod calls;
mod empty;
mod field;
mod flow;
mod ground;
mod loses;
mod made;
mod own;
mod statement;
mod swap;
mod types;

use std::collections::BTreeMap;
use std::ops::Range;

pub use ahead::Ahead;
pub use ground::{Column, Function, Ground, Table};
pub use loses::{Loss, losses};
pub(crate) use statement::allowed_by;

use flow::Flow;
use loses::Lost;
use made::Made;
use squawk_syntax::SourceFile;
use statement::Statement;

#[cfg(test)]
mod tests;

/// How deeply a text may nest: what goes deeper was not written by a person.
const DEPTH: usize = 200;

/// Why a statement is dangerous.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Danger {
    /// It rewrites or reads a table whole while others cannot write to it, or not even read it.
    Blocks,
    /// It throws rows or values away.
    Loses,
    /// The version of the server that still runs cannot work with what it leaves.
    Breaks,
    /// Somebody may read or write more, or less, than before.
    Opens,
    /// It does not do what it seems to.
    Misleads,
}

/// Something dangerous about a statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Its name, by which it is allowed: `require-concurrent-index-creation`.
    pub name: String,
    /// Why it is dangerous.
    pub danger: Danger,
    /// What happens.
    pub message: String,
    /// What to do instead.
    pub help: String,
    /// Where in the text.
    pub range: Range<usize>,
}

/// Every finding of a text, in order.
pub fn lint(text: &str, ground: &Ground) -> Vec<Finding> {
    if let Some(at) = too_deep(text) {
        return vec![unreadable("the text nests too deeply to be read", at..text.len())];
    }
    let parsed = SourceFile::parse(text);
    let mut findings: Vec<Finding> = parsed
        .errors()
        .iter()
        .map(|error| {
            let range = statement::bytes(error.range().start(), error.range().end());
            unreadable(error.message(), range)
        })
        .collect();
    let statements = Statement::all(&parsed.tree());
    findings.extend(field::findings(&parsed, text, (&statements, ground)));
    let (mut flow, mut made) = (Flow::default(), Made::default());
    let mut met = BTreeMap::new();
    for statement in &statements {
        met.insert(statement.range().start, flow.met(statement));
        own::look(statement, ground, &mut findings);
        flow.look(statement, ground, &mut findings);
        let lost = made.follow(statement, ground).into_iter();
        findings.extend(lost.filter(|lost| lost.is_certain).map(Finding::from));
    }
    let is_met = |finding: &Finding| {
        let of = statement::at(&statements, finding.range.start);
        let met = of.and_then(|of| met.get(&of.range().start)).into_iter().flatten();
        met.into_iter()
            .any(|(name, range)| finding.name == *name && range.contains(&finding.range.start))
    };
    findings.retain(|finding| !is_met(finding) && !is_silent(&statements, ground, finding));
    findings.sort_by(|one, other| (one.range.start, &one.name).cmp(&(other.range.start, &other.name)));
    findings
}

/// Whether nothing can come of it, or its author has looked at it.
fn is_silent(statements: &[Statement], ground: &Ground, finding: &Finding) -> bool {
    let Some(statement) = statement::at(statements, finding.range.start) else {
        return false;
    };
    let has_no_rows = |table: &str| ground.table(table).is_some_and(|table| table.rows == Some(0));
    let tables = &statement.tables;
    let blocks_nobody = finding.danger == Danger::Blocks
        && !tables.is_empty()
        && tables.iter().all(|table| has_no_rows(table));
    let reaches_others = [own::REACHES, swap::SWAP].contains(&finding.name.as_str());
    let knows_nobody = statement.is_of_new_table && finding.danger != Danger::Misleads && !reaches_others;
    blocks_nobody || knows_nobody || statement.allows(&finding.name)
}

impl From<Lost> for Finding {
    fn from(lost: Lost) -> Self {
        Self {
            name: lost.name.to_owned(),
            danger: Danger::Loses,
            message: lost.message.to_owned(),
            help: lost.help.to_owned(),
            range: lost.range,
        }
    }
}

fn unreadable(message: &str, range: Range<usize>) -> Finding {
    Finding {
        name: String::from("unreadable"),
        danger: Danger::Misleads,
        message: format!("this is not SQL that Postgres takes: {message}"),
        help: String::from("mend it; what cannot be read cannot be judged"),
        range,
    }
}

/// Where the text nests too deeply.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEPTH
    })
}
