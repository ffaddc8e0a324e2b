//! The order in which verbs are lowered: what a verb asks of other rows by `can` comes before it.

use std::collections::BTreeMap;

use crate::design::{Design, EntityId, Rule, Verb, Who};

/// A verb on the rows of an entity.
pub(super) type Node = (EntityId, Verb);

/// The rules about each verb; those of an entity are sorted when it is asked for the first time.
pub(super) struct Rules<'d> {
    design: &'d Design,
    known: BTreeMap<EntityId, BTreeMap<Verb, Vec<&'d Rule>>>,
}

impl<'d> Rules<'d> {
    pub(super) fn of(design: &'d Design) -> Self {
        Self {
            design,
            known: BTreeMap::new(),
        }
    }

    /// The rules about a verb, in the order of the design.
    pub(super) fn about(&mut self, (entity, verb): Node) -> Vec<&'d Rule> {
        let design = self.design;
        let of_entity = self.known.entry(entity).or_insert_with(|| {
            let mut by_verb: BTreeMap<Verb, Vec<&Rule>> = BTreeMap::new();
            for rule in &design.entities[entity].rules {
                let mut verbs: Vec<Verb> = rule.verbs.iter().map(|used| used.verb).collect();
                verbs.sort_unstable();
                verbs.dedup();
                for verb in verbs {
                    by_verb.entry(verb).or_default().push(rule);
                }
            }
            by_verb
        });
        of_entity.get(&verb).cloned().unwrap_or_default()
    }

    fn asked(&mut self, node: Node) -> Vec<Node> {
        let rules = self.about(node);
        let mut next: Vec<Node> = rules
            .iter()
            .flat_map(|rule| asked(rule.who.iter().chain(&rule.except)))
            .collect();
        next.sort_unstable();
        next.dedup();
        next
    }
}

/// What these ask of other rows.
pub(super) fn asked<'w>(who: impl IntoIterator<Item = &'w Who>) -> impl Iterator<Item = Node> {
    who.into_iter().filter_map(|who| match who {
        Who::Can { verb, entity, .. } => Some((*entity, *verb)),
        Who::Everyone | Who::Authenticated | Who::Role(_) | Who::Path(_) | Who::Level { .. } => None,
    })
}

/// Which verbs ask each other in a circle.
#[derive(Default)]
pub(super) struct Circles(BTreeMap<Node, usize>);

impl Circles {
    /// Whether two verbs of which one asks the other are on one circle, or are one.
    pub(super) fn has_both(&self, from: Node, to: Node) -> bool {
        from == to
            || self
                .0
                .get(&from)
                .is_some_and(|circle| self.0.get(&to) == Some(circle))
    }
}

/// These verbs and what they ask, each behind what it asks but for circles: Tarjan's strongly connected components
/// (1972), with a stack of its own instead of recursion.
pub(super) fn in_order(rules: &mut Rules<'_>, wanted: Vec<Node>) -> (Vec<Node>, Circles) {
    let mut walk = Walk::default();
    for node in wanted {
        if !walk.numbers.contains_key(&node) {
            walk.from(node, rules);
        }
    }
    (walk.order, walk.circles)
}

#[derive(Default)]
struct Walk {
    order: Vec<Node>,
    circles: Circles,
    /// When each verb was first met.
    numbers: BTreeMap<Node, usize>,
    /// The earliest verb among the open ones to which there is a way.
    lowest: BTreeMap<Node, usize>,
    /// Verbs whose circle is not known to be whole yet.
    open: Vec<Node>,
}

impl Walk {
    fn from(&mut self, start: Node, rules: &mut Rules<'_>) {
        let mut way = vec![self.enter(start, rules)];
        while let Some((node, next)) = way.last_mut() {
            let node = *node;
            let Some(next) = next.pop() else {
                way.pop();
                self.leave(node, way.last().map(|(before, _)| *before));
                continue;
            };
            match self.numbers.get(&next).copied() {
                None => way.push(self.enter(next, rules)),
                // One that is done is of another circle.
                Some(_) if self.circles.0.contains_key(&next) => {}
                Some(number) => self.reach(node, number),
            }
        }
    }

    fn enter(&mut self, node: Node, rules: &mut Rules<'_>) -> (Node, Vec<Node>) {
        let number = self.numbers.len();
        self.numbers.insert(node, number);
        self.lowest.insert(node, number);
        self.open.push(node);
        (node, rules.asked(node))
    }

    fn leave(&mut self, node: Node, before: Option<Node>) {
        let lowest = self.lowest.get(&node).copied().unwrap_or_default();
        if let Some(before) = before {
            self.reach(before, lowest);
        }
        if self.numbers.get(&node) == Some(&lowest) {
            while let Some(member) = self.open.pop() {
                self.circles.0.insert(member, lowest);
                if member == node {
                    break;
                }
            }
        }
        self.order.push(node);
    }

    fn reach(&mut self, node: Node, number: usize) {
        if let Some(lowest) = self.lowest.get_mut(&node) {
            *lowest = number.min(*lowest);
        }
    }
}
