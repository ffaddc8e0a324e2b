use expect_test::expect;
use groma_ir::Id as _;
use groma_ir::design::EntityId;

use super::tasks;
use crate::matrix;

#[test]
fn rules_become_a_table_with_notes() {
    let table = matrix::of_entity(&tasks().design, EntityId::new(2)).markdown();
    expect![[r"
        |  | Anyone signed in | The owner | Anyone who may read its project | Anyone who may update its project | Role `admin` |
        | --- | --- | --- | --- | --- | --- |
        | `read` | no | yes | yes | no | yes |
        | `create` | yes (1) | yes (1) | yes (1) | yes (1) | yes (1) |
        | `update` | no | yes (2, 3) | no | yes (2, 3) | no |
        | `delete` | no | yes | no | no | yes |
        | `complete` | no | yes | no | no | no |
        | `archive` | no | yes | no | no | no |

        1. Refused to everyone except anyone who may update the new project, when the new `project_id` is set.
        2. The owner or anyone who may update its project, when `status` is not `archived`.
        3. Refused to everyone except anyone who may update the new project, for `project_id`, when the new `project_id` is set."]]
    .assert_eq(&table);
}

#[test]
fn only_entities_with_rules_have_a_matrix() {
    let names: Vec<EntityId> = matrix::of(&tasks()).iter().map(|matrix| matrix.entity).collect();
    assert_eq!(names, [EntityId::new(1), EntityId::new(2)]);
}

#[test]
fn a_refusal_without_a_condition_takes_the_verb_away() {
    let mut design = tasks().design;
    let rules = &mut design.entities[EntityId::new(2)].rules;
    let last = rules.last_mut().unwrap();
    (last.when, last.except) = (None, Vec::new());
    let matrix = matrix::of_entity(&design, EntityId::new(2));
    let create = matrix.rows.iter().find(|row| row.name == "create").unwrap();
    assert!(create.cells.iter().all(|cell| !cell.is_allowed));
}
