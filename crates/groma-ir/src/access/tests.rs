//! Rules about rows that lead to other rows: circles, long chains, and layers in which each asks twice.

use crate::Id;
use crate::access::{Atom, Pred, lower};
use crate::design::{Design, Effect, EntityId, FieldId, Path, Row, Rule, Verb, VerbUse, Who};
use crate::sample;

const NOBODY: Pred = Pred::NEVER;

/// So many entities like the sample's projects, the rules of each about reading.
fn layers(count: usize, who: impl Fn(usize) -> Vec<Who>) -> Design {
    let mut design = sample::tasks().design;
    let like = design.entities[EntityId::new(1)].clone();
    let rule = like.rules[0].clone();
    design.entities = (0..count)
        .map(|at| {
            let mut entity = like.clone();
            entity.rules = vec![Rule {
                effect: Effect::Allow,
                verbs: vec![VerbUse {
                    verb: Verb::Read,
                    fields: Vec::new(),
                }],
                who: who(at),
                except: Vec::new(),
                when: None,
                ..rule.clone()
            }];
            entity
        })
        .collect();
    design
}

fn can_read(field: usize, entity: usize) -> Who {
    Who::Can {
        verb: Verb::Read,
        path: Path {
            row: Row::This,
            steps: vec![FieldId::new(field)],
        },
        entity: EntityId::new(entity),
    }
}

fn owner() -> Who {
    Who::Path(Path {
        row: Row::This,
        steps: vec![FieldId::new(2)],
    })
}

/// How many facts a predicate looks at, and how deep it goes.
fn size(pred: &Pred) -> (usize, usize) {
    match pred {
        Pred::All(parts) | Pred::Any(parts) => parts
            .iter()
            .map(size)
            .fold((0, 0), |(facts, depth), (more, deeper)| {
                (facts + more, depth.max(deeper))
            }),
        Pred::Not(part) => size(part),
        Pred::Atom(Atom::Exists { pred, .. }) => {
            let (facts, depth) = size(pred);
            (facts, depth + 1)
        }
        Pred::Atom(_) => (1, 0),
    }
}

#[test]
fn layers_that_each_ask_twice_do_not_double_without_end() {
    let design = layers(100, |at| match at {
        99 => vec![owner()],
        _ => vec![can_read(3, at + 1), can_read(4, at + 1), owner()],
    });
    let access = lower(&design);
    assert_eq!(size(&access.of(EntityId::new(98)).read), (3, 1));
    let sizes = (0..100).map(|at| size(&access.of(EntityId::new(at)).read));
    assert!(sizes.clone().all(|(facts, _)| facts <= 10_000));
    assert!(
        sizes.clone().any(|(facts, _)| facts == 0),
        "beyond the bound nobody may read"
    );
}

#[test]
fn a_long_chain_is_lowered_without_recursion_and_closed_beyond_its_bound() {
    let design = layers(50_000, |at| match at {
        49_999 => vec![owner()],
        _ => vec![can_read(3, at + 1)],
    });
    let access = lower(&design);
    assert_eq!(size(&access.of(EntityId::new(49_990)).read), (1, 9));
    assert_eq!(access.of(EntityId::new(49_999 - 65)).read, NOBODY);
}

#[test]
fn a_circle_opens_nothing_wherever_it_is_entered() {
    for turn in 0..3 {
        // 0, 1 and 2 ask each other in a circle, in whichever order they stand; 3 asks the circle.
        let next = |at: usize| if turn == 0 { (at + 1) % 3 } else { (at + 2) % 3 };
        let design = layers(4, |at| match at {
            3 => vec![can_read(3, turn), owner()],
            _ => vec![owner(), can_read(3, next(at))],
        });
        let access = lower(&design);
        for at in 0..3 {
            assert_eq!(
                size(&access.of(EntityId::new(at)).read),
                (1, 0),
                "its owner alone"
            );
        }
        assert_eq!(
            size(&access.of(EntityId::new(3)).read),
            (2, 1),
            "no part of the circle"
        );
    }
}
