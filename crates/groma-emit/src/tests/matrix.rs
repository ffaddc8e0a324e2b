use expect_test::expect;
use groma_access::{Matrix, Verdict};
use groma_ir::Id as _;
use groma_ir::design::EntityId;

use super::tasks;
use crate::matrix::markdown;

#[test]
fn rules_become_a_table_with_notes() {
    let model = tasks();
    let matrix = Matrix::of(&model.design, &model.access, EntityId::new(2), None);
    let table = markdown(&model.design, &matrix, |place| format!("({place})"));
    expect![[r#"
        |  | `read` | `create` | `update` | `delete` | `complete` | `archive` |
        | --- | --- | --- | --- | --- | --- | --- |
        | Not signed in | no | no | no | no | no | no |
        | Signed in as `user` | no | when 1, 2 | no | no | no | no |
        | Signed in as `admin` | yes | when 1, 2 | no | yes | no | no |
        | The `owner` | yes | when 1, 2 | when 3, 4 | yes | yes | yes |
        | The `project.owner` | yes | yes | when 3, 4 | when 5 | when 5 | when 5 |

        1. Anyone signed in. (specs/tasks.md:1)
        2. Refused to everyone except anyone who may update the new project, when the new `project_id` is set. (specs/tasks.md:1)
        3. The owner or anyone who may update its project, when `status` is not `archived`. (specs/tasks.md:1)
        4. Refused to everyone except anyone who may update the new project, for `project_id`, when the new `project_id` is set. (specs/tasks.md:1)
        5. The owner. (specs/tasks.md:1)"#]].assert_eq(&table);
}

#[test]
fn only_entities_with_rules_have_a_matrix() {
    let model = tasks();
    let all = Matrix::all(&model.design, &model.access);
    let names: Vec<EntityId> = all.iter().map(|matrix| matrix.entity).collect();
    assert_eq!(names, [EntityId::new(1), EntityId::new(2)]);
}

#[test]
fn a_refusal_without_a_condition_takes_the_verb_away() {
    let mut model = tasks();
    let rules = &mut model.design.entities[EntityId::new(2)].rules;
    let last = rules.last_mut().unwrap();
    (last.when, last.except) = (None, Vec::new());
    let access = groma_ir::access::lower(&model.design);
    let matrix = Matrix::of(&model.design, &access, EntityId::new(2), None);
    let create = matrix
        .heads(&model.design)
        .iter()
        .position(|head| *head == "create")
        .unwrap();
    assert!(
        matrix
            .rows
            .iter()
            .all(|row| row.cells[create].verdict == Verdict::No)
    );
}
