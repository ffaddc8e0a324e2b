//! The members of bodies and answers.

use std::collections::BTreeSet;

use groma_ir::Model;
use groma_ir::design::Type;
use groma_ir::http::{Member, MemberKind, Schema, SchemaId, SchemaKind};
use groma_ir::words;

use super::types::{Typed, enum_of, fit, variants};
use super::{Log, only_in};

/// Which way a value goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// From the client to the server.
    In,
    /// From the server to the client.
    Out,
}

impl Way {
    /// Where such a member stands, in words.
    fn place(self) -> &'static str {
        match self {
            Self::In => "the body",
            Self::Out => "the answer",
        }
    }
}

/// Two models, and the schemas of both that were compared already.
pub(super) struct Bodies<'m> {
    old: &'m Model,
    new: &'m Model,
    seen: BTreeSet<(SchemaId, SchemaId)>,
}

impl<'m> Bodies<'m> {
    pub(super) fn new(old: &'m Model, new: &'m Model) -> Self {
        Self {
            old,
            new,
            seen: BTreeSet::new(),
        }
    }

    /// Compares two schemas of one place; names of members begin with `at`.
    pub(super) fn compare(&mut self, (old, new): (SchemaId, SchemaId), way: Way, at: &str, log: &mut Log) {
        // An embedded row may embed the row that it is embedded in.
        if !self.seen.insert((old, new)) {
            return;
        }
        let (old, new) = (&self.old.http.schemas[old], &self.new.http.schemas[new]);
        match (&old.kind, &new.kind) {
            (SchemaKind::Item(old), SchemaKind::Item(new))
            | (SchemaKind::Report(old), SchemaKind::Report(new))
            | (SchemaKind::Input(old), SchemaKind::Input(new))
            | (SchemaKind::Patch(old), SchemaKind::Patch(new)) => self.members((old, new), way, at, log),
            (
                SchemaKind::Page { items, item, cursor },
                SchemaKind::Page {
                    items: new_items,
                    item: new_item,
                    cursor: new_cursor,
                },
            ) => {
                if items != new_items {
                    log.breaking(format!(
                        "the rows of a page are in `{new_items}`, not in `{items}`"
                    ));
                }
                match (cursor, new_cursor) {
                    (true, false) => log.breaking("pages are found by `offset`, not by `cursor`"),
                    (false, true) => log.breaking("pages are found by `cursor`, not by `offset`"),
                    (true, true) | (false, false) => {}
                }
                self.compare((*item, *new_item), way, at, log);
            }
            (SchemaKind::Array(item), SchemaKind::Array(new_item)) => {
                self.compare((*item, *new_item), way, at, log);
            }
            (SchemaKind::Problem, SchemaKind::Problem)
            | (SchemaKind::ValidationProblem, SchemaKind::ValidationProblem) => {}
            (
                SchemaKind::Item(_)
                | SchemaKind::Report(_)
                | SchemaKind::Input(_)
                | SchemaKind::Patch(_)
                | SchemaKind::Page { .. }
                | SchemaKind::Array(_)
                | SchemaKind::Problem
                | SchemaKind::ValidationProblem,
                _,
            ) => log.breaking(format!("{} is {}, not {}", way.place(), form(new), form(old))),
        }
    }

    fn members(&mut self, (old, new): (&[Member], &[Member]), way: Way, at: &str, log: &mut Log) {
        for member in old {
            let name = format!("`{at}{}`", member.name);
            match new.iter().find(|other| other.name == member.name) {
                Some(other) => self.member((member, other), way, &name, log),
                None if is_embedded(member) => log.breaking(format!("{name} can be embedded no more")),
                None => log.breaking(format!("{name} is gone from {}", way.place())),
            }
        }
        for member in new {
            if old.iter().any(|other| other.name == member.name) {
                continue;
            }
            let name = format!("`{at}{}`", member.name);
            match way {
                Way::In if member.required => {
                    log.breaking(format!("{name} is new in the body, and required"));
                }
                Way::In => log.compatible(format!("{name} is new in the body, and may be left out")),
                Way::Out if is_embedded(member) => log.compatible(format!("{name} can be embedded")),
                Way::Out => log.compatible(format!("{name} is new in the answer")),
            }
        }
    }

    fn member(&mut self, (old, new): (&Member, &Member), way: Way, name: &str, log: &mut Log) {
        presence((old, new), way, name, log);
        self.kind((&old.kind, &new.kind), way, name, log);
        if way == Way::In {
            let (refused, allowed) = only_in(&new.refused, &old.refused);
            for text in refused {
                log.breaking(format!("{name} may not be `{text}`"));
            }
            for text in allowed {
                log.compatible(format!("{name} may be `{text}`"));
            }
            self.default((old, new), name, log);
        }
    }

    /// What a request means that leaves the member out.
    fn default(&self, (old, new): (&Member, &Member), name: &str, log: &mut Log) {
        if old.required || new.required {
            return;
        }
        let words = |model: &Model, member: &Member| match &member.default {
            Some(default) => words::default(&model.design, default),
            None => String::from("empty"),
        };
        let (was, is) = (words(self.old, old), words(self.new, new));
        if was != is {
            log.breaking(format!("{name} becomes {is} where it is left out, not {was}"));
        }
    }

    fn kind(&mut self, (old, new): (&MemberKind, &MemberKind), way: Way, name: &str, log: &mut Log) {
        match (scalar(old), scalar(new)) {
            (Some(was), Some(is)) => {
                value((&self.old.design, was), (&self.new.design, is), way, name, log);
            }
            _ => match (old, new) {
                (MemberKind::Embedded(_, was), MemberKind::Embedded(_, is)) => {
                    let at = format!("{}.", name.trim_matches('`'));
                    self.compare((*was, *is), way, &at, log);
                }
                (MemberKind::PerVariant(_, was, _), MemberKind::PerVariant(_, is, _)) => {
                    let (was, is) = (variants(&self.old.design, *was), variants(&self.new.design, *is));
                    let (gone, added) = only_in(&was, &is);
                    for variant in gone {
                        log.breaking(format!("{name} counts no `{variant}`"));
                    }
                    for variant in added {
                        log.compatible(format!("{name} counts `{variant}` too"));
                    }
                }
                (MemberKind::PerBool(..), MemberKind::PerBool(..)) => {}
                (
                    MemberKind::Embedded(..)
                    | MemberKind::PerVariant(..)
                    | MemberKind::PerBool(..)
                    | MemberKind::Field(..)
                    | MemberKind::Input(..)
                    | MemberKind::Measure(..),
                    _,
                ) => log.breaking(format!("{name} is something else in {}", way.place())),
            },
        }
    }
}

fn presence((old, new): (&Member, &Member), way: Way, name: &str, log: &mut Log) {
    match (way, old.required, new.required) {
        (Way::In, false, true) => log.breaking(format!("{name} is required in the body")),
        (Way::In, true, false) => log.compatible(format!("{name} may be left out of the body")),
        (Way::Out, true, false) => log.breaking(format!("{name} may be missing from the answer")),
        (Way::Out, false, true) => log.compatible(format!("{name} is always in the answer")),
        (_, true, true) | (_, false, false) => {}
    }
    match (way, old.nullable, new.nullable) {
        (Way::In, true, false) => log.breaking(format!("{name} may not be null in the body")),
        (Way::In, false, true) => log.compatible(format!("{name} may be null in the body")),
        (Way::Out, false, true) => log.breaking(format!("{name} may be null in the answer")),
        (Way::Out, true, false) => log.compatible(format!("{name} is never null in the answer")),
        (_, true, true) | (_, false, false) => {}
    }
}

/// One value that goes in or out.
pub(super) fn value(old: Typed<'_>, new: Typed<'_>, way: Way, name: &str, log: &mut Log) {
    let fit = fit(old, new);
    if let (Some(was), Some(is)) = (enum_of(old.1), enum_of(new.1)) {
        let (was, is) = (variants(old.0, was), variants(new.0, is));
        let (gone, added) = only_in(&was, &is);
        for variant in &gone {
            match way {
                Way::In => log.breaking(format!("{name} may not be `{variant}`")),
                Way::Out => log.compatible(format!("{name} is never `{variant}` in the answer")),
            }
        }
        for variant in &added {
            match way {
                Way::In => log.compatible(format!("{name} may be `{variant}`")),
                Way::Out => log.breaking(format!("{name} may be `{variant}` in the answer")),
            }
        }
        if !gone.is_empty() || !added.is_empty() {
            return;
        }
    }
    let text = format!(
        "{name} is {} in {}, not {}",
        type_words(new),
        way.place(),
        type_words(old)
    );
    match way {
        Way::In if fit.narrower => log.breaking(text),
        Way::Out if fit.wider => log.breaking(text),
        Way::In | Way::Out if fit.narrower || fit.wider => log.compatible(text),
        Way::In | Way::Out => {}
    }
}

fn type_words((design, ty): Typed<'_>) -> String {
    use groma_ir::scalar::{Scalar, Text};
    let words = words::ty(design, ty);
    match ty {
        Type::Scalar(Scalar::Text(Text {
            pattern: Some(pattern),
            ..
        })) => format!("`{words}` that matches `{pattern}`"),
        Type::Reference(_) => format!("the key of `{words}`"),
        Type::Scalar(_) | Type::Enum(_) | Type::List(_) => format!("`{words}`"),
    }
}

/// The type of a member that is one value, or a list of values.
fn scalar(kind: &MemberKind) -> Option<&Type> {
    match kind {
        MemberKind::Field(_, ty) | MemberKind::Input(_, ty) | MemberKind::Measure(_, ty) => Some(ty),
        MemberKind::Embedded(..) | MemberKind::PerVariant(..) | MemberKind::PerBool(..) => None,
    }
}

fn is_embedded(member: &Member) -> bool {
    matches!(member.kind, MemberKind::Embedded(..))
}

fn form(schema: &Schema) -> &'static str {
    match schema.kind {
        SchemaKind::Item(_) => "an item",
        SchemaKind::Input(_) | SchemaKind::Patch(_) => "an object",
        SchemaKind::Page { .. } => "an object that holds a page",
        SchemaKind::Array(_) => "a bare array",
        SchemaKind::Report(_) => "a report",
        SchemaKind::Problem | SchemaKind::ValidationProblem => "a problem",
    }
}
