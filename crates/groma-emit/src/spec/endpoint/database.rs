//! What an endpoint asks of the database.

use groma_ir::access::typical;
use groma_ir::http::{Route, RouteId};

use super::super::Cx;
use super::many;
use crate::markdown::{Page, code, fence, one_line, sentence};

/// Writes the statements, where they are known.
pub(super) fn database(cx: &Cx<'_>, page: &mut Page, id: RouteId) {
    let Some(operations) = cx
        .options
        .statements
        .get(&id)
        .filter(|operations| !operations.is_empty())
    else {
        return;
    };
    let mut blocks = vec![whose(cx, &cx.model.http.routes[id])];
    let one = operations.len() == 1;
    for (index, operation) in operations.iter().enumerate() {
        let number = if one {
            String::new()
        } else {
            format!("{}. ", index + 1)
        };
        let purpose = sentence(&operation.purpose);
        let served = operation
            .index
            .as_deref()
            .map(|index| format!(" Served by {}.", named(index)));
        blocks.push(format!("{number}{purpose}{}", served.unwrap_or_default()));
        blocks.push(fence("sql", operation.sql.trim()));
    }
    blocks.retain(|block| !block.is_empty());
    let summary = format!("Database: {}", many(operations.len(), "statement"));
    page.details(&summary, &blocks.join("\n\n"));
}

/// Whose statements they are, where roles have others.
fn whose(cx: &Cx<'_>, route: &Route) -> String {
    let Some(auth) = cx
        .model
        .design
        .auth
        .as_ref()
        .filter(|auth| !auth.roles.is_empty())
    else {
        return String::new();
    };
    match typical(cx.model, route).role {
        Some(role) => format!(
            "Shown for a caller with the role {}. What a role decides does not reach the database.",
            code(&auth.roles[role].name)
        ),
        None => String::from(
            "Shown for a caller whose token names no role. What a role decides does not reach the database.",
        ),
    }
}

/// The name of an index, or words for one.
fn named(index: &str) -> String {
    match index {
        name if !name.contains(char::is_whitespace) => code(name),
        words if words.starts_with("an ") => one_line(words),
        words => format!("the {}", one_line(words)),
    }
}
