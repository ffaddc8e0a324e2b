//! Who may do what as Markdown: a row a kind of caller, a column a verb, and below it the rules on which cells depend.
//!
//! The cells are decided in `groma-access`; nothing is decided here.

use std::fmt::Write as _;

use groma_access::{Cell, Matrix};
use groma_ir::design::Design;
use groma_ir::spelling::capital;

use crate::markdown::{Table, code};

/// The table of one entity; `place` says in words where a rule stands.
pub fn markdown(design: &Design, matrix: &Matrix, place: impl Fn(&str) -> String) -> String {
    let heads = matrix.heads(design).into_iter().map(code);
    let mut table = Table::new(std::iter::once(String::new()).chain(heads));
    for row in &matrix.rows {
        let cells = row.cells.iter().map(Cell::text);
        table.row(std::iter::once(capital(&row.name)).chain(cells));
    }
    let mut text = table.render();
    for (number, (rule, at)) in (1..).zip(&matrix.notes) {
        let gap = if number == 1 { "\n\n" } else { "\n" };
        let _ = write!(text, "{gap}{number}. {rule} {}", place(at));
    }
    text
}
