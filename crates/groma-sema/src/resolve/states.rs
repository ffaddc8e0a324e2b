//! State machines: the moves that an enum field may make.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::design::{EntityId, EnumId, FieldId, Move, States, Transition, Type, VariantId};
use groma_syntax::ast::{self, AstNode};

use super::{MemberKind, Resolver};
use crate::rules::{action_move, said_twice, wrong_field};

impl Resolver<'_> {
    pub(super) fn states(&mut self, id: EntityId, ast: &ast::States) {
        let Some((field, of)) = self.state_field(id, ast) else {
            return;
        };
        if let Some(earlier) = self.design.entities[id].states_of(field) {
            let what = format!("`states {}`", self.design.entities[id].fields[field].name);
            let found = said_twice::said_twice(ast.span(), earlier.origin, &what);
            self.report(found);
            return;
        }
        let mut first: BTreeMap<(VariantId, VariantId), Span> = BTreeMap::new();
        let mut transitions = Vec::new();
        for transition in ast.transitions() {
            let from = transition.from().and_then(|name| self.state(of, &name));
            let targets: Vec<ast::Name> = transition.to().collect();
            for name in targets {
                let Some(to) = self.state(of, &name) else { continue };
                let Some(from) = from else { continue };
                if let Some(earlier) = first.get(&(from, to)).copied() {
                    self.report(said_twice::said_twice(name.span(), earlier, "this move"));
                    continue;
                }
                first.insert((from, to), name.span());
                transitions.push(Transition {
                    from,
                    to,
                    claimed_by: None,
                    origin: transition.span(),
                });
            }
        }
        self.design.entities[id].states.push(States {
            field,
            of,
            transitions,
            origin: ast.span(),
        });
    }

    fn state_field(&mut self, id: EntityId, ast: &ast::States) -> Option<(FieldId, EnumId)> {
        let name = ast.field()?;
        let text = name.text();
        let Some(member) = self.member(id, &text) else {
            self.unknown_member(id, name.span(), &text, true);
            return None;
        };
        match member.kind {
            MemberKind::Broken => None,
            MemberKind::Field(field) if self.is_broken(id, field) => None,
            MemberKind::Field(field) => match &self.design.entities[id].fields[field].ty {
                Type::Enum(of) => Some((field, *of)),
                Type::Scalar(_) | Type::Reference(_) | Type::List(_) => {
                    let why = "states are the values of an enum";
                    self.report(wrong_field::wrong_field(name.span(), &text, "states", why));
                    None
                }
            },
            MemberKind::Inverse => {
                let why = "states are the values of an enum";
                self.report(wrong_field::wrong_field(name.span(), &text, "states", why));
                None
            }
        }
    }

    fn state(&mut self, of: EnumId, name: &ast::Name) -> Option<VariantId> {
        let found = self.variant(of, &name.text());
        if found.is_none() {
            self.unknown_variant(of, name.span(), &name.text());
        }
        found
    }

    /// `from a, b to c` of an action: the field is the one whose states have these names.
    pub(super) fn action_move(&mut self, id: EntityId, ast: &ast::Move) -> Option<Move> {
        let to = ast.to()?;
        let from: Vec<ast::Name> = ast.from().collect();
        let (field, of) = self.moved_field(id, ast, &to)?;
        let to = self.state(of, &to);
        let mut first: BTreeMap<VariantId, Span> = BTreeMap::new();
        let mut states = Vec::new();
        for name in from {
            let state = self.state(of, &name)?;
            match first.insert(state, name.span()) {
                Some(earlier) => {
                    let what = format!("`{}`", name.text());
                    self.report(said_twice::said_twice(name.span(), earlier, &what));
                }
                None => states.push(state),
            }
        }
        Some(Move {
            field,
            of,
            from: states,
            to: to?,
        })
    }

    fn moved_field(&mut self, id: EntityId, ast: &ast::Move, to: &ast::Name) -> Option<(FieldId, EnumId)> {
        let entity = &self.design.entities[id];
        let declared: Vec<(FieldId, EnumId)> = entity
            .states
            .iter()
            .map(|states| (states.field, states.of))
            .collect();
        if let [only] = declared.as_slice() {
            return Some(*only);
        }
        let mut candidates = declared;
        if candidates.is_empty() {
            let enums = entity.fields.entries();
            candidates.extend(enums.filter_map(|(field, declared)| match declared.ty {
                Type::Enum(of) => Some((field, of)),
                Type::Scalar(_) | Type::Reference(_) | Type::List(_) => None,
            }));
        }
        let fitting: Vec<(FieldId, EnumId)> = candidates
            .into_iter()
            .filter(|(_, of)| self.variant(*of, &to.text()).is_some())
            .collect();
        if let [only] = fitting.as_slice() {
            return Some(*only);
        }
        // Something of the entity that is broken may have been the field.
        if !self.is_shaky(self.design.entities[id].origin) {
            let name = self.design.entities[id].name.clone();
            self.report(action_move::unclear(ast.span(), &name, fitting.len()));
        }
        None
    }

    /// Gives each transition the action that makes it.
    pub(super) fn claim_transitions(&mut self) {
        for id in self.design.entities.ids() {
            let mut claims: BTreeMap<(FieldId, VariantId, VariantId), groma_ir::design::ActionId> =
                BTreeMap::new();
            for (action, declared) in self.design.entities[id].actions.entries() {
                let Some(moves) = &declared.moves else { continue };
                for from in &moves.from {
                    claims.entry((moves.field, *from, moves.to)).or_insert(action);
                }
            }
            for states in &mut self.design.entities[id].states {
                for transition in &mut states.transitions {
                    let key = (states.field, transition.from, transition.to);
                    transition.claimed_by = claims.get(&key).copied();
                }
            }
        }
    }
}
