//! Rows of one tenant. References do not leave it, so `board.team` and `team` of a card lead to one row.

use groma_access::{Choice, Operand, Spot, Variable};
use groma_ir::design::{Design, EntityId, FieldId, Row};

use super::Place;

/// Where a way leads, by the shortest one; what `kept` leads to is where it was before a change.
pub(super) fn place(
    design: &Design,
    (entity, kept): (EntityId, &[FieldId]),
    (row, way): (Row, &[FieldId]),
) -> Place {
    let way = shortest(design, entity, way);
    let is_kept = way.first().is_some_and(|first| kept.contains(first));
    (if is_kept { Row::This } else { row }, way)
}

/// The shortest way from a row of an entity to where a way leads.
fn shortest(design: &Design, entity: EntityId, way: &[FieldId]) -> Vec<FieldId> {
    let mut at = entity;
    let mut short: Vec<(EntityId, FieldId)> = Vec::new();
    for &step in way {
        short.push((at, step));
        while let [.., (before, _), (last, step)] = *short.as_slice()
            && design.entities[last].fence == Some(step)
            && let Some(fence) = design.entities[before].fence
            && target(design, before, fence) == target(design, last, step)
        {
            short.truncate(short.len() - 2);
            short.push((before, fence));
        }
        let Some(next) = target(design, at, step) else {
            break;
        };
        at = next;
    }
    short.into_iter().map(|(_, step)| step).collect()
}

fn target(design: &Design, entity: EntityId, field: FieldId) -> Option<EntityId> {
    design.entities[entity].fields[field].ty.target()
}

/// What a situation says, each row at its place. None where it says two things of one.
pub(super) fn agreed(
    design: &Design,
    (entity, kept): (EntityId, &[FieldId]),
    choices: &[Choice],
) -> Option<Vec<Choice>> {
    let mut agreed: Vec<Choice> = Vec::new();
    for choice in choices {
        let mut choice = choice.clone();
        for (row, way) in ways(&mut choice.variable) {
            (*row, *way) = place(design, (entity, kept), (*row, way));
        }
        match agreed.iter().find(|known| known.variable == choice.variable) {
            Some(known) if known.region == choice.region => {}
            Some(_) => return None,
            None => agreed.push(choice),
        }
    }
    Some(agreed)
}

/// Where each way of a variable starts, and its steps.
fn ways(variable: &mut Variable) -> Vec<(&mut Row, &mut Vec<FieldId>)> {
    fn of_operand(operand: &mut Operand) -> Option<&mut Spot> {
        match operand {
            Operand::Field(spot) => Some(spot),
            Operand::Claim(_)
            | Operand::Caller
            | Operand::Now(_)
            | Operand::Input(_)
            | Operand::Literal(_) => None,
        }
    }
    match variable {
        Variable::IsCaller(spot) | Variable::Field(spot) | Variable::Gone(spot) => {
            vec![(&mut spot.row, &mut spot.way)]
        }
        Variable::Level(tie) => vec![(&mut tie.row, &mut tie.way)],
        Variable::Order(left, right) => {
            let spots = of_operand(left).into_iter().chain(of_operand(right));
            spots.map(|spot| (&mut spot.row, &mut spot.way)).collect()
        }
        Variable::Caller | Variable::Claim(_) => Vec::new(),
    }
}
