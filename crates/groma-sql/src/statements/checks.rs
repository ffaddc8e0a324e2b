//! Which of the checks of a table a change would break.

use groma_ir::access::CallerFacts;

use super::change::Change;
use super::item::{from_key, table_name};
use crate::ddl::constraints;
use crate::pred::Scope;
use crate::write::{Context, Template, Writer};

/// For each check that the table keeps, whether the row that was not written keeps it too. As for the database, a
/// check that is unknown is kept.
pub(crate) fn kept(cx: Context<'_>, change: &Change, facts: &CallerFacts) -> Template {
    let mut writer = Writer::new(cx);
    let is_new = change.is_new;
    let table = table_name(&cx, change.entity);
    let alias = if is_new { "" } else { table.as_str() };
    writer.push("SELECT ");
    for (index, (_, pred)) in constraints(cx.model.tables.of(change.entity)).enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        writer.push("coalesce(");
        writer.pred(&pred, Scope::after(change.entity, alias, &change.after));
        writer.push(", TRUE)");
    }
    if !is_new {
        from_key(&mut writer, (change.entity, change.key), change.below(facts));
    }
    writer.finish()
}
