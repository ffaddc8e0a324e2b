//! Claims about the sample's tasks: people own them, projects lead to them, admins may read and delete.

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{EntityId, FieldId, Path, RoleId, Row, Verb};
use groma_ir::{Id, sample};

use crate::{Claim, Settled, holds};

fn owner() -> Pred {
    way(&[9])
}

fn way(steps: &[usize]) -> Pred {
    Pred::Atom(Atom::IsCaller {
        entity: EntityId::new(2),
        path: Path {
            row: Row::This,
            steps: steps.iter().map(|step| FieldId::new(*step)).collect(),
        },
    })
}

fn admin() -> Pred {
    Pred::Atom(Atom::Role(RoleId::new(1)))
}

fn claim(verb: Verb, only: &Pred) -> Result<(), Vec<String>> {
    let model = sample::tasks();
    let claim = Claim {
        entity: EntityId::new(2),
        verb,
        field: None,
        only,
        when: &Pred::ALWAYS,
    };
    let (space, settled) = holds(&model.design, &model.access, &claim);
    match settled {
        Settled::Never => Ok(()),
        Settled::Found(case) => Err(space.describe(&case)),
        Settled::Open => panic!("so few situations are gone through"),
    }
}

#[test]
fn what_the_rules_say_is_proved() {
    let readers = Pred::any([owner(), admin(), way(&[8, 2])]);
    assert_eq!(claim(Verb::Read, &readers), Ok(()));
    assert_eq!(claim(Verb::Delete, &Pred::any([owner(), admin()])), Ok(()));
}

#[test]
fn what_they_do_not_say_is_refuted_with_the_smallest_case() {
    assert_eq!(
        claim(Verb::Delete, &owner()),
        Err(vec![
            String::from("signed in as `admin`"),
            String::from("the caller is not `owner`")
        ])
    );
    let found = claim(Verb::Read, &Pred::any([owner(), admin()])).expect_err("the project's owner reads too");
    assert!(
        found.contains(&String::from("the caller is `project.owner`")),
        "{found:?}"
    );
}
