//! Turns the trees of all files into one design.
//!
//! Each pass reports what it cannot use, puts something harmless in its place, and goes on; what hangs on a thing
//! that is broken already is not reported again. Checks that need no tree live in `rules`.

mod access;
mod actions;
mod admission;
mod assign;
mod auth;
mod breaks;
mod calls;
mod conds;
mod declared;
mod entities;
mod fields;
mod links;
mod lists;
mod literals;
mod members;
mod modifiers;
mod on_delete;
mod open;
mod operands;
mod paths;
mod patterns;
mod plural;
mod ranges;
mod renames;
mod reports;
mod resources;
mod roles;
mod service;
mod shape;
mod slips;
mod states;
mod ties;
mod types;
mod values;
mod ways;
mod who;
mod writes;

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::{Diagnostic, FileId, Sources, Span};
use groma_ir::design::{ActionId, Assumption, EntityId, EnumId, Field, FieldId, Hole, VariantId};
use groma_ir::{Design, Id};
use groma_syntax::Parsed;
use groma_syntax::ast;

use crate::rules::idle_condition::IDLE_CONDITION;
use crate::rules::{said_twice, unread, unsupported};
pub(crate) use breaks::breaks;
pub(crate) use declared::Declared;
pub(crate) use literals::kind_name;

/// A design, possibly with placeholders where something was broken, and the trees that it came from.
pub(crate) struct Resolved<'a> {
    /// The texts.
    pub(crate) sources: &'a Sources,
    /// The trees and the prose.
    pub(crate) parsed: &'a [Parsed],
    /// The design so far.
    pub(crate) design: Design,
    /// Where everything stands in the trees.
    pub(crate) map: SourceMap,
    /// What a name at the top of a file means.
    pub(crate) top: BTreeMap<String, Top>,
    /// Fields that stand in for something broken: nothing more is said about them.
    pub(crate) broken: BTreeSet<(EntityId, FieldId)>,
    /// Words on lines that the parser could not read: that they are unknown is its error.
    pub(crate) damaged: BTreeSet<String>,
    /// Whether an error was found so far: what looks at all of a design at once would be misled.
    pub(crate) has_errors: bool,
    /// Whether something could not be read that may have been a declaration.
    has_lost_declarations: bool,
    /// Where errors stand: nothing more is said about what is broken already.
    errors: BTreeSet<(FileId, u32)>,
    /// Where conditions stand that types settle: that what they decide never holds is no news.
    settled: BTreeSet<(FileId, u32)>,
    /// Entities of whose rules one was left out, or a part of one, because something that it names is broken.
    unsure: BTreeSet<EntityId>,
}

impl Resolved<'_> {
    /// Whether no error stands inside.
    pub(crate) fn is_sound(&self, span: Span) -> bool {
        let Span { file, start, end } = span;
        self.errors.range((file, start)..=(file, end)).next().is_none()
    }

    /// Whether the routes are all that the author wrote.
    pub(crate) fn routes_are_sound(&self) -> bool {
        let declared = self.parsed.iter().flat_map(Parsed::declarations);
        !self.has_errors
            || !self.has_lost_declarations
                && declared.into_iter().all(|declaration| match declaration {
                    ast::Declaration::Resource(it) => self.is_sound_line(ast::AstNode::span(&it)),
                    ast::Declaration::Service(it) => self.is_sound_line(ast::AstNode::span(&it)),
                    _ => true,
                })
    }

    /// Whether no error stands inside, nor on what is left of the last line.
    pub(crate) fn is_sound_line(&self, span: Span) -> bool {
        self.is_sound(slips::to_line_end(self.sources, span))
    }

    /// Whether the rules of an entity are all that the author wrote.
    pub(crate) fn rules_are_sound(&self, entity: EntityId) -> bool {
        let block = self.map.accesses.get(&entity);
        !self.unsure.contains(&entity) && block.is_none_or(|block| self.is_sound(ast::AstNode::span(block)))
    }

    /// Whether no comparison stands inside that types settle.
    pub(crate) fn is_open(&self, span: Span) -> bool {
        let Span { file, start, end } = span;
        self.settled.range((file, start)..=(file, end)).next().is_none()
    }

    /// The fields of an entity that are not broken, with their trees; `None` for those that `timestamps` added.
    pub(crate) fn fields(
        &self,
        entity: EntityId,
    ) -> impl Iterator<Item = (FieldId, &Field, Option<&ast::Field>)> {
        let source = self.map.entities.get(entity.index());
        let trees = source.map_or(&[][..], |source| source.fields.as_slice());
        let fields = self.design.entities[entity].fields.entries().zip(trees);
        fields
            .filter(move |((id, _), _)| !self.broken.contains(&(entity, *id)))
            .map(|((id, field), tree)| (id, field, tree.as_ref()))
    }
}

/// A name at the top of a file.
#[derive(Clone, Copy)]
pub(crate) struct Top {
    /// What it is.
    pub(crate) kind: TopKind,
    /// Where it is declared.
    pub(crate) span: Span,
}

/// What a name at the top of a file is.
#[derive(Clone, Copy)]
pub(crate) enum TopKind {
    /// An entity.
    Entity(EntityId),
    /// An enum.
    Enum(EnumId),
}

/// The trees of what was resolved, by id.
#[derive(Default)]
pub(crate) struct SourceMap {
    /// The service.
    pub(crate) service: Option<ast::Service>,
    /// The auth block.
    pub(crate) auth: Option<ast::Auth>,
    /// Entities by their id.
    pub(crate) entities: Vec<EntitySource>,
    /// Variants by name, by the id of their enum.
    pub(crate) variants: Vec<BTreeMap<String, VariantId>>,
    /// Resources by their id.
    pub(crate) resources: Vec<ast::Resource>,
    /// `access` blocks.
    pub(crate) accesses: BTreeMap<EntityId, ast::Access>,
    /// The subjects of decisions: what they speak of is not asked again.
    pub(crate) decided: BTreeSet<String>,
    /// What is open by `TBD`, and what its provisional answer replaces.
    pub(crate) holes: Vec<ast::Hole>,
}

/// The tree of an entity, and its members by name.
pub(crate) struct EntitySource {
    /// The declaration; none for what ties people to the rows of another entity.
    pub(crate) ast: Option<ast::Entity>,
    /// Fields by their id; `None` for those that `timestamps` added.
    pub(crate) fields: Vec<Option<ast::Field>>,
    /// Members by name.
    pub(crate) members: BTreeMap<String, Member>,
}

/// A member of an entity.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    /// What it is.
    pub(crate) kind: MemberKind,
    /// Where it is declared.
    pub(crate) span: Span,
}

/// What a member of an entity is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemberKind {
    /// A stored field.
    Field(FieldId),
    /// The list of the rows that point here.
    Inverse,
    /// Something that is broken.
    Broken,
}

/// Resolves all files together; what was found comes beside it.
pub(crate) fn resolve<'a>(sources: &'a Sources, parsed: &'a [Parsed]) -> (Resolved<'a>, Vec<Diagnostic>) {
    let mut resolver = Resolver {
        damaged: declared::damaged(sources, parsed),
        design: declared::empty_design(sources),
        sources,
        parsed,
        map: SourceMap::default(),
        top: BTreeMap::new(),
        broken: BTreeSet::new(),
        pending: Vec::new(),
        actions: Vec::new(),
        action_names: Vec::new(),
        faults: declared::faults(parsed),
        unsure: BTreeSet::new(),
        guesses: 0,
        slips: Vec::new(),
        unsound: BTreeSet::new(),
        broken_claims: BTreeSet::new(),
        ambiguous: BTreeSet::new(),
        outlines: Vec::new(),
        out: Vec::new(),
        said_no_auth: false,
    };
    let ((), reads) = ast::record(|| resolver.run(&Declared::collect(parsed)));
    let has_lost_declarations = resolver.has_lost_declarations(parsed);
    resolver.stray_holes(parsed);
    resolver.unread(parsed, &reads);
    resolver.drop_echoes();
    resolver.fold_repeats();
    let syntax = parsed.iter().flat_map(|file| &file.diagnostics);
    let errors: BTreeSet<(FileId, u32)> = syntax
        .chain(&resolver.out)
        .filter(|found| found.is_error())
        .map(|found| (found.primary.file, found.primary.start))
        .chain(resolver.unsound)
        .collect();
    let settled = resolver
        .out
        .iter()
        .filter(|found| found.code == IDLE_CONDITION.code);
    let settled = settled
        .map(|found| (found.primary.file, found.primary.start))
        .collect();
    let resolved = Resolved {
        sources,
        parsed,
        design: resolver.design,
        map: resolver.map,
        top: resolver.top,
        broken: resolver.broken,
        damaged: resolver.damaged,
        has_errors: !errors.is_empty(),
        has_lost_declarations,
        errors,
        settled,
        unsure: resolver.unsure,
    };
    (resolved, resolver.out)
}

/// The state of resolving.
struct Resolver<'a> {
    sources: &'a Sources,
    parsed: &'a [Parsed],
    design: Design,
    map: SourceMap,
    top: BTreeMap<String, Top>,
    broken: BTreeSet<(EntityId, FieldId)>,
    damaged: BTreeSet<String>,
    /// Where the parser found fault.
    faults: BTreeSet<(FileId, u32)>,
    /// Inverses, which wait until all references are known.
    pending: Vec<members::PendingInverse>,
    /// Actions and the trees that they came from, by entity and in the order of their ids.
    actions: Vec<Vec<ast::Action>>,
    /// Actions by name, by entity.
    action_names: Vec<BTreeMap<String, (ActionId, Span)>>,
    /// Entities of whose rules something was left out.
    unsure: BTreeSet<EntityId>,
    /// How often a nearest name was looked for: past a bound nobody reads them.
    guesses: usize,
    /// Names that mean nothing, until all of them are known.
    slips: Vec<slips::Slip>,
    /// Where they stand: nothing more is said about what hangs on them.
    unsound: BTreeSet<(FileId, u32)>,
    /// Entities of which it was said that they cannot be written without a token.
    /// Claims of a type that is broken: nothing more is said about them.
    broken_claims: BTreeSet<String>,
    /// Names that are a role and a field, and of which that was said.
    ambiguous: BTreeSet<String>,
    /// What paths below other resources go by.
    outlines: Vec<paths::Outline>,
    out: Vec<Diagnostic>,
    /// Whether it was said that the design needs an `auth`: once is enough.
    said_no_auth: bool,
}

impl Resolver<'_> {
    /// All passes: names first, then what hangs on them.
    fn run(&mut self, declared: &Declared) {
        // A declaration that could not be read may have been the `auth`.
        self.said_no_auth = declared.auths.is_empty() && self.broken_lines(declared, slips::Where::Top) > 0;
        self.decisions(declared);
        self.service(declared);
        self.enums(declared);
        self.entity_heads(declared);
        self.auth(declared);
        self.entity_fields();
        self.entity_members();
        self.actions(declared);
        self.access(declared);
        self.action_bodies();
        self.resources(declared);
        self.claim_transitions();
        self.open(declared);
        self.settle_slips(declared);
    }

    /// Of what stands on one line and repeats one other line only the first is said, as of words on one line without effect.
    fn fold_repeats(&mut self) {
        let line = |span: Span| self.sources.line_column(span.file, span.start).line;
        let mut lines: BTreeSet<(FileId, u32, FileId, u32)> = BTreeSet::new();
        let mut found = std::mem::take(&mut self.out);
        found.sort_by_key(Diagnostic::order);
        found.retain(|it| match it.labels.first() {
            _ if it.code == unread::UNREAD.code => {
                let (file, at) = (it.primary.file, line(it.primary));
                lines.insert((file, at, file, at))
            }
            Some(first) if it.code == said_twice::SAID_TWICE.code => {
                let (here, there) = (it.primary, first.span);
                let (at, of) = (line(here), line(there));
                at == of && here.file == there.file || lines.insert((here.file, at, there.file, of))
            }
            _ => true,
        });
        self.out = found;
    }

    /// Leaves out what is said about a statement that the parser could not read: the parser has said it.
    fn drop_echoes(&mut self) {
        if self.faults.is_empty() {
            return;
        }
        let mut found = std::mem::take(&mut self.out);
        found.retain(|it| !self.is_echo(it.primary));
        self.out = found;
    }

    fn is_echo(&self, span: Span) -> bool {
        let at = (span.file, span.start);
        let before = self.faults.range((span.file, 0)..at).next_back();
        let after = self.faults.range(at..=(span.file, u32::MAX)).next();
        let near = before.into_iter().chain(after);
        let (mut near, text) = (near.map(|(_, at)| *at), self.sources.text(span.file));
        near.any(|fault| {
            let (from, to) = (fault.min(span.start) as usize, fault.max(span.start) as usize);
            // A statement is short; what is further away is another one.
            to - from < 500
                && text
                    .get(from..to)
                    .is_some_and(|between| !between.contains(['\n', ';', '{', '}']))
        })
    }

    fn report(&mut self, found: Diagnostic) {
        self.out.push(found);
    }

    /// Says that something parses and cannot be used yet.
    fn unsupported(&mut self, span: Span, what: &str) {
        self.report(unsupported::unsupported(span, what));
    }

    /// Puts a default that was taken silently on record.
    fn assume(&mut self, subject: impl Into<String>, text: impl Into<String>, origin: Option<Span>) {
        self.design.assumptions.push(Assumption {
            subject: subject.into(),
            text: text.into(),
            origin,
        });
    }

    /// Puts a `TBD` on record.
    fn hole(&mut self, subject: impl Into<String>, provisional: Option<String>, hole: &ast::Hole) {
        let subject = subject.into();
        self.design.holes.push(Hole {
            question: format!("what is `{subject}` to be?"),
            subject,
            provisional,
            origin: ast::AstNode::span(hole),
        });
        self.map.holes.push(hole.clone());
    }

    /// A member of an entity by its name.
    fn member(&self, entity: EntityId, name: &str) -> Option<Member> {
        self.map.entities.get(entity.index())?.members.get(name).copied()
    }

    fn is_broken(&self, entity: EntityId, field: FieldId) -> bool {
        self.broken.contains(&(entity, field))
    }
}
