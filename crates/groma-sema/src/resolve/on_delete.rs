//! `on delete`: what happens to a row when the row that it points at is deleted, said, open or unsaid.

use groma_diag::Edit;
use groma_ir::design::{EntityId, OnDelete, Storage, Type};
use groma_ir::spelling::spaced;
use groma_syntax::ast::{self, AstNode, DeleteAction};

use super::Resolver;
use super::modifiers::Modifiers;
use crate::rules::{misplaced_modifier, on_delete};

impl Resolver<'_> {
    pub(super) fn on_delete(
        &mut self,
        id: EntityId,
        ast: &ast::Field,
        (ty, optional): (&Type, bool),
        modifiers: &Modifiers,
        subject: &str,
    ) -> Option<OnDelete> {
        let Type::Reference(target) = ty else {
            if let Some(it) = &modifiers.on_delete {
                self.report(misplaced_modifier::misplaced_modifier(
                    it.span(),
                    "on delete",
                    "a reference",
                ));
            }
            return None;
        };
        // Rows of somebody else's come and go without a word to this service.
        if self.design.entities[*target].storage != Storage::Managed {
            if let Some(DeleteAction::Hole(hole)) =
                modifiers.on_delete.as_ref().and_then(ast::OnDelete::action)
            {
                self.on_delete_open(id, ast, (*target, optional), &hole, subject);
            }
            return None;
        }
        let fallback = if optional {
            OnDelete::SetNull
        } else {
            OnDelete::Restrict
        };
        let Some(said) = &modifiers.on_delete else {
            self.on_delete_unsaid(id, ast, (*target, optional), fallback, subject);
            return Some(fallback);
        };
        let action = said.action();
        let action = match &action {
            Some(DeleteAction::Hole(hole)) => {
                return Some(self.on_delete_open(id, ast, (*target, optional), hole, subject));
            }
            Some(DeleteAction::Cascade | DeleteAction::Restrict | DeleteAction::SetNull) | None => action,
        };
        let resolved = match action {
            Some(DeleteAction::Cascade) => OnDelete::Cascade,
            Some(DeleteAction::Restrict) => OnDelete::Restrict,
            Some(DeleteAction::SetNull) => OnDelete::SetNull,
            Some(DeleteAction::Hole(_)) | None => fallback,
        };
        if resolved == OnDelete::SetNull && !optional {
            let question_mark = ast.ty().map(|ty| ty.span().after());
            self.report(on_delete::set_null_on_required(said.span(), question_mark));
        }
        Some(resolved)
    }

    fn on_delete_unsaid(
        &mut self,
        id: EntityId,
        ast: &ast::Field,
        (target, optional): (EntityId, bool),
        fallback: OnDelete,
        subject: &str,
    ) {
        // A table of somebody else's declares its own.
        if self.design.entities[id].storage != Storage::Managed {
            return;
        }
        let question = on_delete::Open {
            place: ast.span(),
            answer: Edit::after(ast.span(), " on delete {}"),
            ..self.on_delete_question(id, ast, (target, optional), fallback)
        };
        self.assume(
            format!("{subject}.on_delete"),
            question.assumption(),
            Some(ast.span()),
        );
        self.ask_on_delete(&question, subject);
    }

    /// `on delete TBD(set null)`.
    fn on_delete_open(
        &mut self,
        id: EntityId,
        ast: &ast::Field,
        (target, optional): (EntityId, bool),
        hole: &ast::Hole,
        subject: &str,
    ) -> OnDelete {
        let words = hole.words().map(|words| words.text());
        self.hole(format!("{subject}.on_delete"), words.clone(), hole);
        let provisional = words.and_then(|words| DeleteAction::from_words(&words));
        let meanwhile = match provisional {
            Some(DeleteAction::Cascade) => OnDelete::Cascade,
            Some(DeleteAction::SetNull) => OnDelete::SetNull,
            Some(DeleteAction::Hole(_)) | None if optional => OnDelete::SetNull,
            Some(DeleteAction::Restrict | DeleteAction::Hole(_)) | None => OnDelete::Restrict,
        };
        if meanwhile == OnDelete::SetNull && !optional {
            let question_mark = ast.ty().map(|ty| ty.span().after());
            self.report(on_delete::set_null_on_required(hole.span(), question_mark));
            return meanwhile;
        }
        let question = on_delete::Open {
            place: hole.keyword_span(),
            answer: Edit::replace(hole.span(), "{}"),
            ..self.on_delete_question(id, ast, (target, optional), meanwhile)
        };
        if let Some(hole) = self.design.holes.last_mut() {
            hole.question = question.text();
        }
        self.ask_on_delete(&question, subject);
        meanwhile
    }

    fn on_delete_question(
        &self,
        id: EntityId,
        ast: &ast::Field,
        (target, optional): (EntityId, bool),
        meanwhile: OnDelete,
    ) -> on_delete::Open {
        let (here, there) = (&self.design.entities[id], &self.design.entities[target]);
        on_delete::Open {
            place: ast.span(),
            answer: Edit::after(ast.span(), ""),
            rows: here.plural.replace('_', " "),
            target: spaced(&there.name),
            field: ast.name().map_or_else(String::new, |name| name.text()),
            optional,
            meanwhile,
        }
    }

    fn ask_on_delete(&mut self, question: &on_delete::Open, subject: &str) {
        let subject = format!("{subject}.on_delete");
        if !self.map.decided.contains(&subject) {
            self.report(on_delete::open(question).about(subject));
        }
    }
}
