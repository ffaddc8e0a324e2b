//! What is open or decided: questions, decisions, and holes that stand where none can.

use std::collections::BTreeSet;

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Decision, Question};
use groma_syntax::ast::{self, AstNode};
use groma_syntax::{Parsed, SyntaxKind};

use super::{Declared, Resolver};
use crate::rules::{said_twice, unread};

impl Resolver<'_> {
    /// What was decided is known first: it is not asked again.
    pub(super) fn decisions(&mut self, declared: &Declared) {
        for ast in &declared.decisions {
            let Some(subject) = ast.subject() else { continue };
            let subject = subject.text();
            for answer in ast.value().into_iter().chain(ast.over()) {
                self.repeated_word(&answer);
            }
            self.map.decided.insert(subject.clone());
            self.design.decisions.push(Decision {
                subject,
                answer: ast.value().map_or_else(String::new, |value| value.text()),
                over: ast.over().map(|value| value.text()).collect(),
                because: ast.because().map(|text| text.value()),
                on: ast.on().map(|date| date.text()),
                origin: ast.span(),
            });
        }
    }

    /// Refuses `cascade cascade`: a slip, which nobody would notice in words that can be any.
    fn repeated_word(&mut self, answer: &ast::OpenValue) {
        let Some(words) = answer.words() else { return };
        let text = words.text();
        let mut pairs = text.split(' ').zip(text.split(' ').skip(1));
        if let Some((word, _)) = pairs.find(|(word, next)| word == next) {
            let found = said_twice::word_twice(words.span(), word);
            self.report(found);
        }
    }

    pub(super) fn open(&mut self, declared: &Declared) {
        for ast in &declared.questions {
            let Some(text) = ast.text() else { continue };
            let affects: Vec<String> = ast.affects().map(|path| path.text()).collect();
            self.design.questions.push(Question {
                text: text.value(),
                affects: (!affects.is_empty()).then(|| affects.join(", ")),
                default: ast.default().map(|value| value.text()),
                origin: ast.span(),
            });
        }
    }

    /// Refuses every `TBD` that no pass has taken in: it would otherwise be open without being listed.
    pub(super) fn stray_holes(&mut self, parsed: &[Parsed]) {
        // After an error much was not looked at, and no design is made anyway.
        if self.out.iter().any(Diagnostic::is_error) {
            return;
        }
        let taken: BTreeSet<Span> = self.map.holes.iter().map(AstNode::span).collect();
        let open = parsed
            .iter()
            .filter(|file| self.sources.text(file.file).contains("TBD"));
        for file in open.collect::<Vec<_>>() {
            for node in file.syntax().descendants() {
                if node.kind() != SyntaxKind::HOLE {
                    continue;
                }
                let Some(hole) = ast::Hole::cast(file.file, node) else {
                    continue;
                };
                let span = hole.span();
                if !taken.contains(&span) && !self.is_damaged(&hole) {
                    self.unsupported(span, "a `TBD` at this place");
                }
            }
        }
    }

    /// Refuses every word that no pass has read: it would have no effect, whatever its author meant.
    pub(super) fn unread(&mut self, parsed: &[Parsed], reads: &ast::Reads) {
        // After an error much was not looked at, and no design is made anyway.
        let syntax = parsed.iter().flat_map(|file| &file.diagnostics);
        if syntax.chain(&self.out).any(Diagnostic::is_error) {
            return;
        }
        for span in parsed.iter().flat_map(|file| reads.unread(file)) {
            let text = self.sources.slice(span);
            let found = unread::unread(span, text);
            self.report(found);
        }
    }
}
