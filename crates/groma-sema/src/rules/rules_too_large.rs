//! E326.

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::{Diagnostic, Span};
use groma_ir::Design;
use groma_ir::design::{Cond, Entity, Rule};

use super::can_cycle::words;
use super::cans::{Cans, Node, asked};
use super::page::rule;

rule! {
    /// What the rules about a verb come down to is small, and a chain of `can` is short.
    ///
    /// ## Why
    /// Each `can` puts the rules of another entity into the statement that reads this one. A chain of more than 16, rules
    /// that come down to more than 1000 facts, or more than 10000 verbs in one `access` block make statements that no
    /// database answers in time, and that nobody can follow.
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
    Error RULES_TOO_LARGE "E326" "rules-too-large"
}

/// More steps than this are no chain that anybody follows.
const DEEPEST: usize = 16;
/// More facts than this are no statement that a database plans well.
const LARGEST: usize = 1000;
/// More verbs than this are no block that anybody reads.
const MOST_VERBS: usize = 10_000;

/// Looks at rules without circles: their end is not known otherwise.
pub(crate) fn check(design: &Design, cans: &Cans<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for entity in &design.entities {
        let verbs: usize = entity.rules.iter().map(|rule| rule.verbs.len()).sum();
        if verbs > MOST_VERBS {
            found.push(too_many_verbs(entity, verbs));
        }
    }
    if !found.is_empty() {
        return found;
    }
    let mut sizes: BTreeMap<Node, Size> = BTreeMap::new();
    let mut said: BTreeSet<Span> = BTreeSet::new();
    for node in &cans.finished {
        let mut size = Size::of(cans.rules(*node), &sizes);
        let rules = cans.rules(*node);
        let worst = rules.iter().max_by_key(|rule| {
            let size = Size::of(&[rule], &sizes);
            (size.depth, size.facts)
        });
        if let Some(rule) = worst.filter(|_| size.is_too_large()) {
            // Several verbs of one rule are one mistake.
            if said.insert(rule.origin) {
                found.push(too_large(rule.origin, &words(design, *node), size));
            }
            // Said once: whatever asks for it begins anew.
            size = Size::default();
        }
        sizes.insert(*node, size);
    }
    found
}

/// What a verb comes down to.
#[derive(Clone, Copy, Default)]
struct Size {
    /// The longest chain of `can`.
    depth: usize,
    /// All facts that are looked at.
    facts: usize,
}

impl Size {
    fn of(rules: &[&Rule], known: &BTreeMap<Node, Size>) -> Size {
        let mut size = Size::default();
        for rule in rules {
            let own = 1 + rule.who.len() + rule.except.len() + rule.when.as_ref().map_or(0, facts);
            size.facts = size.facts.saturating_add(own);
            for node in asked(rule) {
                let inner = known.get(&node).copied().unwrap_or_default();
                size.depth = size.depth.max(inner.depth + 1);
                size.facts = size.facts.saturating_add(inner.facts);
            }
        }
        size
    }

    fn is_too_large(self) -> bool {
        self.depth > DEEPEST || self.facts > LARGEST
    }
}

/// How many facts a condition looks at.
fn facts(cond: &Cond) -> usize {
    match cond {
        Cond::And(parts) | Cond::Or(parts) => parts.iter().map(facts).sum(),
        Cond::Not(part) => facts(part),
        Cond::In { set, .. } => set.len(),
        Cond::At { path, cond, .. } => path.steps.len() + facts(cond),
        Cond::Compare { .. } | Cond::Is(_) => 1,
    }
}

fn too_large(place: Span, verb: &str, size: Size) -> Diagnostic {
    let message = if size.depth > DEEPEST {
        format!("{verb} follows more than {DEEPEST} `can` one after another")
    } else {
        format!("the rules about {verb} come down to more than {LARGEST} facts")
    };
    Diagnostic::new(&RULES_TOO_LARGE, place, message)
        .help("name people by a path, such as `project.owner`, or join what the rules tell apart")
}

fn too_many_verbs(entity: &Entity, verbs: usize) -> Diagnostic {
    let place = entity.access_origin.unwrap_or(entity.origin);
    let name = &entity.name;
    Diagnostic::new(
        &RULES_TOO_LARGE,
        place,
        format!("the rules of `{name}` name {verbs} verbs, and {MOST_VERBS} are too many already"),
    )
    .help("say fewer of them together, or divide the entity")
}
