//! Situations for tests of the sample's tasks.

use groma_ir::access::Pred;
use groma_ir::design::{EntityId, Verb};
use groma_ir::{Id, sample};

use crate::{Course, Step, situations};

fn told(verb: Verb) -> Vec<(String, Option<usize>)> {
    let model = sample::tasks();
    let entity = EntityId::new(2);
    let step = |pred: Pred, in_parts| Step {
        pred,
        after_too: false,
        in_parts,
    };
    let access = model.access.of(entity);
    let course = Course {
        entity,
        given: Vec::new(),
        steps: vec![
            step(access.read.clone(), false),
            step(access.verb(verb).clone(), true),
        ],
        kept: Vec::new(),
        fixed: Vec::new(),
    };
    let told = situations(&model.design, &course);
    told.iter()
        .map(|told| (told.words.join(", "), told.refused))
        .collect()
}

#[test]
fn each_part_of_a_rule_decides_somewhere_and_that_each_step_is_asked_is_seen() {
    let told = told(Verb::Delete);
    let told: Vec<(&str, Option<usize>)> = told.iter().map(|(words, at)| (words.as_str(), *at)).collect();
    assert_eq!(
        told,
        [
            ("not signed in", Some(0)),
            ("the caller is `project.owner`", Some(1)),
            ("the caller is `owner`", None),
            ("signed in as `admin`", None),
        ]
    );
}
