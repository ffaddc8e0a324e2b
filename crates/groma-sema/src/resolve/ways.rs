//! Values of other rows in conditions of rules: `post.state`, `new.project.archived`.

use groma_diag::Span;
use groma_ir::design::{Cond, EntityId, FieldId, Path, Row, Storage, Term};
use groma_syntax::ast::{self, AstNode};

use super::conds::{Place, Scope};
use super::operands::Operand;
use super::{MemberKind, Resolver, kind_name};
use crate::rules::{not_here, relation_in_condition, type_mismatch, who_path};

/// More references than this are no path that anybody can follow.
const LONGEST: usize = 8;

/// The row that a value stands in, where it is another one than the rule's.
#[derive(Clone, PartialEq)]
pub(super) struct Way {
    pub(super) path: Path,
    pub(super) target: EntityId,
}

impl Resolver<'_> {
    /// What a path of references with a field behind it leads to; nothing is said where it leads nowhere.
    pub(super) fn far(&self, place: &Place, path: &ast::Path) -> Option<(Way, FieldId)> {
        let names: Vec<String> = path.names().map(|name| name.text()).collect();
        let (row, names) = match names.split_first()? {
            (first, rest) if first == "new" => (Row::New, rest),
            _ => (Row::This, names.as_slice()),
        };
        let is_here = place.follows && (row == Row::This || place.scope == Scope::Change);
        let (last, way) = names.split_last()?;
        if !is_here || way.is_empty() || way.len() > LONGEST {
            return None;
        }
        let mut target = place.entity;
        let mut steps = Vec::new();
        for name in way {
            let field = self.sound_field(target, name)?;
            target = self.design.entities[target].fields[field].ty.target()?;
            steps.push(field);
        }
        let field = self.sound_field(target, last)?;
        let is_known = self.design.entities[target].storage != Storage::ExternalId;
        let path = Path { row, steps };
        is_known.then_some((Way { path, target }, field))
    }

    fn sound_field(&self, entity: EntityId, name: &str) -> Option<FieldId> {
        match self.member(entity, name)?.kind {
            MemberKind::Field(field) if !self.is_broken(entity, field) => Some(field),
            MemberKind::Field(_) | MemberKind::Inverse | MemberKind::Broken => None,
        }
    }

    /// `post.state` as a value, the names behind `new`; what is wrong on the way is reported.
    pub(super) fn far_operand(
        &mut self,
        place: &Place,
        path: &ast::Path,
        (row, names): (Row, &[ast::Name]),
    ) -> Option<Operand> {
        if let Some((way, field)) = self.far(place, path) {
            let declared = &self.design.entities[way.target].fields[field];
            return Some(Operand {
                term: Term::Field {
                    row: Row::This,
                    field,
                },
                ty: declared.ty.clone(),
                optional: declared.optional,
                way: Some(way),
            });
        }
        if row == Row::New && place.scope != Scope::Change {
            self.report(not_here::not_here(
                path.span(),
                "new",
                place.clause,
                not_here::NO_CHANGE,
            ));
            return None;
        }
        self.misled(place, path, names);
        None
    }

    /// Says where a path goes wrong.
    fn misled(&mut self, place: &Place, path: &ast::Path, names: &[ast::Name]) {
        let mut at = place.entity;
        for (index, name) in names.iter().enumerate() {
            let text = name.text();
            let Some(member) = self.member(at, &text) else {
                return self.unknown_member(at, name.span(), &text, false);
            };
            let field = match member.kind {
                MemberKind::Field(field) if !self.is_broken(at, field) => field,
                MemberKind::Field(_) | MemberKind::Broken => return,
                MemberKind::Inverse => {
                    let found = relation_in_condition::relation_in_condition(path.span(), &text);
                    return self.report(found);
                }
            };
            let Some(next) = names.get(index + 1) else { break };
            let ty = &self.design.entities[at].fields[field].ty;
            let Some(target) = ty.target() else {
                let name = kind_name(&self.design, ty);
                return self.report(type_mismatch::no_members(next.span(), &text, &name));
            };
            if !place.follows {
                let found = relation_in_condition::relation_in_condition(path.span(), &text);
                return self.report(found);
            }
            if self.design.entities[target].storage == Storage::ExternalId {
                let entity = self.design.entities[target].name.clone();
                return self.report(relation_in_condition::nothing_known(path.span(), &entity));
            }
            at = target;
        }
        self.report(who_path::bad_length(path.span(), LONGEST));
    }

    /// A comparison of these operands at the row that one of them stands in. What stands beside it is no row's.
    pub(super) fn at(
        &mut self,
        place: &Place,
        span: Span,
        operands: &[&Operand],
        cond: Cond,
    ) -> Option<Cond> {
        let mut ways = operands.iter().filter_map(|operand| operand.way.as_ref());
        let Some(way) = ways.next() else { return Some(cond) };
        let is_of_row = |operand: &&&Operand| matches!(operand.term, Term::Field { .. });
        if operands.iter().filter(is_of_row).count() > 1 {
            self.report(relation_in_condition::two_rows(span));
            return None;
        }
        Some(Cond::At {
            entity: place.entity,
            path: way.path.clone(),
            target: way.target,
            cond: Box::new(cond),
        })
    }
}
