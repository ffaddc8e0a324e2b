//! E310.

use groma_diag::{Diagnostic, Span};
use groma_ir::Design;

use super::cans::{Cans, Node};
use super::page::rule;

rule! {
    /// `can` does not lead back to itself.
    ///
    /// ## Why
    /// Who may read a task would depend on who may read its project, and that on who may read the task: there is no
    /// answer, and inside the circle `can` holds for nobody.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Folder {
    ///   id: uuid key
    ///   parent: Folder? on delete set null
    ///   owner: User = caller readonly
    /// }
    /// access Folder {
    ///   allow read to owner, can read parent
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Folder {
    ///   id: uuid key
    ///   parent: Folder? on delete set null
    ///   owner: User = caller readonly
    /// }
    /// access Folder {
    ///   allow read to owner, parent.owner
    /// }
    Error CAN_CYCLE "E310" "can-cycle"
}

pub(crate) fn check(design: &Design, cans: &Cans<'_>) -> Vec<Diagnostic> {
    cans.circles
        .iter()
        .map(|(place, circle)| cycle(design, *place, circle))
        .collect()
}

pub(super) fn words(design: &Design, (id, verb): Node) -> String {
    let entity = &design.entities[id];
    format!("`{}.{}`", entity.name, groma_ir::words::verb(entity, verb))
}

fn cycle(design: &Design, place: Span, circle: &[Node]) -> Diagnostic {
    let first = circle
        .first()
        .map_or_else(String::new, |node| words(design, *node));
    let shown: Vec<String> = circle.iter().take(8).map(|node| words(design, *node)).collect();
    let dots = if circle.len() > 8 { ", ..." } else { "" };
    Diagnostic::new(
        &CAN_CYCLE,
        place,
        format!("{first} is asked in order to answer {first}"),
    )
    .note(format!(
        "the way: {}{dots}, and back to {first}",
        shown.join(", ")
    ))
    .help("name people by a path, such as `parent.owner`, where the circle begins")
}
