//! What each verb asks of other rows by `can`: the circles, and an order in which whatever is asked comes first.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::Design;
use groma_ir::design::{EntityId, Rule, Verb, Who};

/// A verb on the rows of an entity.
pub(crate) type Node = (EntityId, Verb);

/// A walk through all chains of `can`, each verb once.
pub(crate) struct Cans<'d> {
    rules: BTreeMap<Node, Vec<&'d Rule>>,
    /// The verbs of each circle in order, and the rule that closes it.
    pub(crate) circles: Vec<(Span, Vec<Node>)>,
    /// All verbs, each behind those that it asks, but for circles.
    pub(crate) finished: Vec<Node>,
}

/// A verb on the way, and the verbs that it asks and that are still to be walked to.
struct Step {
    node: Node,
    next: Vec<(Node, Span)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Done,
}

impl<'d> Cans<'d> {
    /// Walks through the rules of a design.
    pub(crate) fn of(design: &'d Design) -> Cans<'d> {
        let mut rules: BTreeMap<Node, Vec<&Rule>> = BTreeMap::new();
        for (id, entity) in design.entities.entries() {
            for rule in &entity.rules {
                for used in &rule.verbs {
                    rules.entry((id, used.verb)).or_default().push(rule);
                }
            }
        }
        let mut cans = Cans {
            rules,
            circles: Vec::new(),
            finished: Vec::new(),
        };
        let nodes: Vec<Node> = cans.rules.keys().copied().collect();
        let mut states = BTreeMap::new();
        for node in nodes {
            if !states.contains_key(&node) {
                cans.walk(node, &mut states);
            }
        }
        cans
    }

    /// The rules about a verb.
    pub(crate) fn rules(&self, node: Node) -> &[&'d Rule] {
        self.rules.get(&node).map_or(&[], Vec::as_slice)
    }

    /// Walks on from a verb without calling itself, so that a long chain does not exhaust the stack.
    fn walk(&mut self, start: Node, states: &mut BTreeMap<Node, State>) {
        states.insert(start, State::Open);
        let mut way = vec![self.step(start)];
        while let Some(step) = way.last_mut() {
            let Some((next, place)) = step.next.pop() else {
                states.insert(step.node, State::Done);
                self.finished.push(step.node);
                way.pop();
                continue;
            };
            match states.get(&next) {
                None => {
                    states.insert(next, State::Open);
                    way.push(self.step(next));
                }
                Some(State::Open) => {
                    let from = way.iter().position(|step| step.node == next).unwrap_or(0);
                    let circle = way.iter().skip(from).map(|step| step.node).collect();
                    self.circles.push((place, circle));
                }
                Some(State::Done) => {}
            }
        }
    }

    fn step(&self, node: Node) -> Step {
        let rules = self.rules(node).iter();
        Step {
            node,
            next: rules
                .flat_map(|rule| asked(rule).map(|next| (next, rule.origin)))
                .collect(),
        }
    }
}

/// What a rule asks by `can`, behind `to` and `except`.
pub(crate) fn asked(rule: &Rule) -> impl Iterator<Item = Node> {
    let clauses = rule.who.iter().chain(&rule.except);
    clauses.filter_map(|who| match who {
        Who::Can { verb, entity, .. } => Some((*entity, *verb)),
        Who::Everyone | Who::Authenticated | Who::Role(_) | Who::Path(_) | Who::Level { .. } => None,
    })
}
