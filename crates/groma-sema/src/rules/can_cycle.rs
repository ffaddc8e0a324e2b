//! E310 and E326.

use std::collections::BTreeMap;

use groma_diag::{Diagnostic, Span};
use groma_ir::Design;
use groma_ir::design::{EntityId, Verb, Who};

use super::page::rule;
use crate::resolve::Resolved;

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

rule! {
    /// A chain of `can` is short, and what it comes down to is small.
    ///
    /// ## Why
    /// Each `can` puts the rules of another entity into the statement that reads this one. A chain of more than 16, or
    /// one that branches into more than 500 of them, is a statement that no database answers in time.
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
    /// entity Project {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project on delete cascade
    /// }
    /// access Project {
    ///   allow read to owner
    /// }
    /// access Task {
    ///   allow read to can read project
    /// }
    Error CAN_TOO_DEEP "E326" "can-too-deep"
}

/// More steps than this are no chain that anybody follows.
const DEEPEST: usize = 16;
/// More clauses than this are no statement that a database plans well.
const LARGEST: usize = 500;

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let mut walk = Walk {
        design,
        nodes: BTreeMap::new(),
        found: Vec::new(),
    };
    for (id, entity) in design.entities.entries() {
        for rule in &entity.rules {
            for used in &rule.verbs {
                walk.from((id, used.verb));
            }
        }
    }
    walk.found
}

/// A verb of an entity.
type Node = (EntityId, Verb);

/// What is known of a node.
#[derive(Clone, Copy)]
enum State {
    /// It is being walked through.
    Open,
    /// All behind it is known: how long the longest chain is, and how much all of it comes down to.
    Done { depth: usize, size: usize },
}

/// A walk through all chains, each node once.
struct Walk<'d> {
    design: &'d Design,
    nodes: BTreeMap<Node, State>,
    found: Vec<Diagnostic>,
}

/// A node on the way, and the nodes behind it that are still to be walked to.
struct Step {
    node: Node,
    next: Vec<(Node, Span)>,
    depth: usize,
    size: usize,
}

impl Walk<'_> {
    /// Walks on from a node without calling itself, so that a long chain does not exhaust the stack.
    fn from(&mut self, start: Node) {
        if self.nodes.contains_key(&start) {
            return;
        }
        let mut way = vec![self.open(start)];
        while let Some(step) = way.last_mut() {
            let Some((next, place)) = step.next.pop() else {
                let done = way.pop();
                self.close(
                    done.map(|step| (step.node, step.depth, step.size)),
                    way.last_mut(),
                );
                continue;
            };
            match self.nodes.get(&next) {
                None => {
                    let step = self.open(next);
                    way.push(step);
                }
                Some(State::Open) => {
                    let from = way.iter().position(|step| step.node == next).unwrap_or(0);
                    let circle: Vec<Node> = way.iter().skip(from).map(|step| step.node).collect();
                    self.found.push(cycle(self.design, place, &circle));
                }
                Some(State::Done { depth, size }) => {
                    let (depth, size) = (*depth, *size);
                    step.depth = step.depth.max(depth + 1);
                    step.size = step.size.saturating_add(size);
                }
            }
        }
    }

    fn open(&mut self, node: Node) -> Step {
        self.nodes.insert(node, State::Open);
        Step {
            node,
            next: cans(self.design, node),
            depth: 0,
            size: 1,
        }
    }

    fn close(&mut self, done: Option<(Node, usize, usize)>, before: Option<&mut Step>) {
        let Some((node, mut depth, mut size)) = done else {
            return;
        };
        if depth > DEEPEST || size > LARGEST {
            self.found.push(too_deep(self.design, node, depth > DEEPEST));
            // Said once: whatever asks for it begins anew.
            (depth, size) = (0, 1);
        }
        self.nodes.insert(node, State::Done { depth, size });
        if let Some(before) = before {
            before.depth = before.depth.max(depth + 1);
            before.size = before.size.saturating_add(size);
        }
    }
}

/// The `can` clauses of the rules about a verb, and where the rules stand.
fn cans(design: &Design, (id, verb): Node) -> Vec<(Node, Span)> {
    let rules = design.entities[id].rules.iter();
    let about = rules.filter(|rule| rule.verbs.iter().any(|used| used.verb == verb));
    let clauses = about.flat_map(|rule| rule.who.iter().chain(&rule.except).map(|who| (who, rule.origin)));
    let cans = clauses.filter_map(|(who, place)| match who {
        Who::Can { verb, entity, .. } => Some(((*entity, *verb), place)),
        Who::Everyone | Who::Authenticated | Who::Role(_) | Who::Path(_) => None,
    });
    cans.collect()
}

fn words(design: &Design, (id, verb): Node) -> String {
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

fn too_deep(design: &Design, node: Node, is_deep: bool) -> Diagnostic {
    let (id, verb) = node;
    let entity = &design.entities[id];
    let rule = entity
        .rules
        .iter()
        .find(|rule| rule.verbs.iter().any(|used| used.verb == verb));
    let message = if is_deep {
        format!(
            "{} follows more than {DEEPEST} `can` one after another",
            words(design, node)
        )
    } else {
        format!("{} comes down to more than {LARGEST} `can`", words(design, node))
    };
    Diagnostic::new(
        &CAN_TOO_DEEP,
        rule.map_or(entity.origin, |rule| rule.origin),
        message,
    )
    .help("name people by a path, such as `project.owner`")
}
