//! The modifiers of a field: which stand there, and what each means to its type.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::design::{EntityId, Mode, Storage, Type};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode, FlagKind};

use super::breaks::compiled;
use super::{Resolver, patterns};
use crate::rules::{bad_pattern, contradiction, loose_pattern, misplaced_modifier, said_twice};

/// The modifiers of a field, each at most once.
#[derive(Default)]
pub(super) struct Modifiers {
    pub(super) flags: BTreeMap<FlagKind, Span>,
    pub(super) default: Option<ast::Default>,
    pub(super) matches: Option<ast::Matches>,
    pub(super) on_delete: Option<ast::OnDelete>,
    pub(super) on_update: Option<ast::OnUpdate>,
    pub(super) column: Option<ast::Column>,
    pub(super) was: Option<ast::Was>,
}

impl Modifiers {
    pub(super) fn has(&self, kind: FlagKind) -> bool {
        self.flags.contains_key(&kind)
    }
}

impl Resolver<'_> {
    /// Sorts the modifiers, and reports those that stand twice.
    pub(super) fn modifiers(&mut self, all: impl Iterator<Item = ast::Modifier>) -> Modifiers {
        let mut sorted = Modifiers::default();
        for modifier in all {
            match modifier {
                ast::Modifier::Flag(flag) => {
                    let Some(kind) = flag.kind() else { continue };
                    match sorted.flags.get(&kind).copied() {
                        Some(first) => self.report(said_twice::said_twice(
                            flag.span(),
                            first,
                            &format!("`{}`", flag.source().trim()),
                        )),
                        None => {
                            sorted.flags.insert(kind, flag.span());
                        }
                    }
                }
                ast::Modifier::Default(it) => self.once(&mut sorted.default, it, "the default"),
                ast::Modifier::Matches(it) => self.once(&mut sorted.matches, it, "`matches`"),
                ast::Modifier::OnDelete(it) => self.once(&mut sorted.on_delete, it, "`on delete`"),
                ast::Modifier::OnUpdate(it) => self.once(&mut sorted.on_update, it, "`on update`"),
                ast::Modifier::Column(it) => self.once(&mut sorted.column, it, "`column`"),
                ast::Modifier::Was(it) => self.once(&mut sorted.was, it, "`was`"),
            }
        }
        sorted
    }

    /// Keeps the first of its kind, and reports another.
    pub(super) fn once<N: AstNode>(&mut self, slot: &mut Option<N>, node: N, what: &str) {
        match slot {
            Some(first) => {
                let found = said_twice::said_twice(node.span(), first.span(), what);
                self.report(found);
            }
            None => *slot = Some(node),
        }
    }

    /// `trim` and `matches`, which are part of the type of text.
    pub(super) fn text_modifiers(&mut self, ty: &mut Type, modifiers: &Modifiers) {
        let text = match ty {
            Type::Scalar(Scalar::Text(text)) => Some(text),
            Type::List(list) => match &mut list.item {
                Type::Scalar(Scalar::Text(text)) => Some(text),
                _ => None,
            },
            Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) => None,
        };
        let Some(text) = text else {
            let trim = modifiers.flags.get(&FlagKind::Trim).map(|span| (*span, "trim"));
            let matches = modifiers.matches.as_ref().map(|it| (it.span(), "matches"));
            for (span, word) in trim.into_iter().chain(matches) {
                self.report(misplaced_modifier::misplaced_modifier(span, word, "`text`"));
            }
            return;
        };
        text.trim |= modifiers.has(FlagKind::Trim);
        let Some(matches) = &modifiers.matches else { return };
        let Some(pattern) = matches.pattern() else { return };
        match patterns::check(&pattern) {
            // Only counts make a small pattern large.
            Ok(()) if pattern.contains('{') && compiled(&pattern).is_none() => {
                self.report(bad_pattern::too_large(matches.span()));
            }
            Ok(()) => {
                if loose_pattern::is_loose(&pattern) {
                    self.report(loose_pattern::loose_pattern(matches.span(), &pattern));
                }
                text.pattern = Some(pattern);
            }
            Err(why) => self.report(bad_pattern::bad_pattern(matches.span(), why)),
        }
    }

    pub(super) fn touch(&mut self, ty: &Type, modifiers: &Modifiers) -> bool {
        let Some(update) = &modifiers.on_update else {
            return false;
        };
        if *ty != Type::Scalar(Scalar::DateTime) {
            self.report(misplaced_modifier::misplaced_modifier(
                update.span(),
                "on update",
                "a `datetime`",
            ));
            return false;
        }
        let is_now = matches!(update.value(), Some(ast::Term::Now(_)));
        if !is_now && update.value().is_some() {
            self.unsupported(update.span(), "`on update` with anything but `now`");
        }
        is_now
    }

    pub(super) fn mode(&mut self, modifiers: &Modifiers) -> Mode {
        let at = |kind: FlagKind| modifiers.flags.get(&kind).copied();
        match (
            at(FlagKind::Internal),
            at(FlagKind::Writeonly),
            at(FlagKind::Readonly),
        ) {
            (Some(_), Some(span), _) => {
                let why = "what never leaves and never comes in is not written by a caller";
                self.report(contradiction::contradiction(
                    span,
                    "`writeonly`",
                    "`internal`",
                    why,
                ));
                Mode::Internal
            }
            (None, Some(span), Some(_)) => {
                let why = "nobody could write or read the field";
                self.report(contradiction::contradiction(
                    span,
                    "`writeonly`",
                    "`readonly`",
                    why,
                ));
                Mode::WriteOnly
            }
            (Some(_), None, _) => Mode::Internal,
            (None, Some(_), None) => Mode::WriteOnly,
            (None, None, _) => Mode::Open,
        }
    }

    /// Whether a reference gets no index of its own.
    pub(super) fn unindexed(&mut self, id: EntityId, ty: &Type, modifiers: &Modifiers) -> bool {
        let Some(span) = modifiers.flags.get(&FlagKind::Unindexed).copied() else {
            return false;
        };
        let is_ours = self.design.entities[id].storage == Storage::Managed;
        if ty.target().is_none() || !is_ours {
            let fits = "a reference in a table of ours";
            self.report(misplaced_modifier::misplaced_modifier(span, "unindexed", fits));
            return false;
        }
        if modifiers.has(FlagKind::Unique) || modifiers.has(FlagKind::Key) {
            let why = "what no two rows share has an index";
            self.report(contradiction::contradiction(span, "`unindexed`", "`unique`", why));
        }
        true
    }

    pub(super) fn column(&mut self, modifiers: &Modifiers) -> Option<String> {
        let text = modifiers.column.as_ref()?.name()?;
        let name = text.value();
        if is_identifier(&name) {
            return Some(name);
        }
        self.report(bad_pattern::bad_stored_name(text.span(), "column"));
        None
    }
}

/// What every database takes as a quoted name.
pub(super) fn is_identifier(name: &str) -> bool {
    (1..=63).contains(&name.len()) && name.chars().all(|char| !char.is_control() && char != '"')
}
