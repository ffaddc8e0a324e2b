//! Actions in canonical form.

use super::Writer;
use super::term::InAction;
use crate::canonical::form;
use crate::design::{Action, Assign, Entity, EntityId, FieldId};

impl Writer<'_> {
    pub(super) fn action(&self, id: EntityId, action: &Action) -> form::Action {
        let entity = &self.design.entities[id];
        let cx = InAction {
            writer: self,
            entity: id,
            action: Some(action),
        };
        form::Action {
            name: action.name.clone(),
            inputs: action.inputs.iter().map(|input| self.input(input)).collect(),
            find_by: action.find.map(|find| entity.fields[find.field].name.clone()),
            moves: action.moves.as_ref().map(|moves| form::Move {
                field: entity.fields[moves.field].name.clone(),
                from: moves
                    .from
                    .iter()
                    .map(|from| self.design.variant_name(moves.of, *from).to_owned())
                    .collect(),
                to: self.design.variant_name(moves.of, moves.to).to_owned(),
            }),
            sets: Self::sets(&cx, entity, &action.sets),
            creates: action
                .creates
                .iter()
                .map(|creation| form::Creation {
                    entity: self.entity_name(creation.entity),
                    sets: Self::sets(&cx, &self.design.entities[creation.entity], &creation.sets),
                })
                .collect(),
            errors: action
                .errors
                .iter()
                .map(|error| form::ActionError {
                    name: error.name.clone(),
                    status: error.status,
                    when: cx.cond(&error.when),
                })
                .collect(),
            doc: action.doc.clone(),
        }
    }

    fn input(&self, input: &crate::design::Input) -> form::Input {
        form::Input {
            name: input.name.clone(),
            ty: self.ty(&input.ty),
            optional: input.optional,
            default: input.default.as_ref().map(|value| self.value(value)),
        }
    }

    /// What is put into the fields of `to`, over the row that an action is about.
    fn sets(cx: &InAction<'_>, to: &Entity, sets: &[(FieldId, Assign)]) -> Vec<form::Set> {
        let from = &cx.writer.design.entities[cx.entity];
        let set = |(field, assign): &(FieldId, Assign)| form::Set {
            field: to.fields[*field].name.clone(),
            to: match assign {
                Assign::Term(term) => form::Assign::Term(cx.term(term)),
                Assign::Not(field) => form::Assign::Not(from.fields[*field].name.clone()),
            },
        };
        sets.iter().map(set).collect()
    }
}
