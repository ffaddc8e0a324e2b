//! The declarations of all files, sorted by what they declare.

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::{Diagnostic, FileId, Sources, Span};
use groma_ir::design::{Limits, Service, SourceFile};
use groma_ir::{Arena, Design};
use groma_syntax::ast::{self, AstNode};
use groma_syntax::{Parsed, SyntaxKind};

/// The bound on a body that a design does not give.
pub(super) const BODY_LIMIT: u64 = 256 * 1024;

/// The declarations of all files, in order.
#[derive(Default)]
pub(crate) struct Declared {
    pub(super) services: Vec<ast::Service>,
    pub(super) auths: Vec<ast::Auth>,
    pub(super) enums: Vec<ast::Enum>,
    pub(super) entities: Vec<ast::Entity>,
    pub(super) accesses: Vec<ast::Access>,
    pub(super) resources: Vec<ast::Resource>,
    pub(super) questions: Vec<ast::Question>,
    pub(super) decisions: Vec<ast::Decision>,
}

impl Declared {
    pub(super) fn collect(parsed: &[Parsed]) -> Declared {
        let mut all = Declared::default();
        for declaration in parsed.iter().flat_map(Parsed::declarations) {
            match declaration {
                ast::Declaration::Service(it) => all.services.push(it),
                ast::Declaration::Auth(it) => all.auths.push(it),
                ast::Declaration::Enum(it) => all.enums.push(it),
                ast::Declaration::Entity(it) => all.entities.push(it),
                ast::Declaration::Access(it) => all.accesses.push(it),
                ast::Declaration::Resource(it) => all.resources.push(it),
                ast::Declaration::Question(it) => all.questions.push(it),
                ast::Declaration::Decision(it) => all.decisions.push(it),
            }
        }
        fuller_first(&mut all.services, |it| {
            (String::new(), it.items().next().is_none())
        });
        fuller_first(&mut all.auths, |it| (String::new(), it.items().next().is_none()));
        fuller_first(&mut all.entities, |it| {
            (
                it.name().map_or_else(String::new, |name| name.text()),
                it.members().next().is_none(),
            )
        });
        fuller_first(&mut all.accesses, |it| {
            (
                it.subject().map_or_else(String::new, |path| path.text()),
                it.rules().next().is_none(),
            )
        });
        all
    }

    /// The places of all declarations of which it is known what they declare, or speak of.
    pub(super) fn named(&self) -> impl Iterator<Item = Span> {
        let services = self.services.iter().map(AstNode::span);
        let auths = self.auths.iter().map(AstNode::span);
        let enums = self
            .enums
            .iter()
            .filter(|it| it.name().is_some())
            .map(AstNode::span);
        let entities = self.entities.iter().filter(|it| it.name().is_some());
        let accesses = self.accesses.iter().filter(|it| it.subject().is_some());
        let resources = self.resources.iter().filter(|it| it.entity().is_some());
        let open = self.questions.iter().map(AstNode::span);
        let decided = self.decisions.iter().map(AstNode::span);
        services
            .chain(auths)
            .chain(enums)
            .chain(entities.map(AstNode::span))
            .chain(accesses.map(AstNode::span))
            .chain(resources.map(AstNode::span))
            .chain(open)
            .chain(decided)
    }
}

/// Of two declarations of a name the first one counts, unless there is nothing in it: `judge` gives the name, and that.
fn fuller_first<T>(all: &mut [T], judge: impl Fn(&T) -> (String, bool)) {
    let mut first: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    for at in 0..all.len() {
        let Some((name, is_empty)) = all.get(at).map(&judge) else {
            return;
        };
        match first.get(&name) {
            Some(&(earlier, true)) if !is_empty => {
                all.swap(earlier, at);
                first.insert(name, (earlier, false));
            }
            Some(_) => {}
            None => drop(first.insert(name, (at, is_empty))),
        }
    }
}

/// A design without anything in it, but with its files.
pub(super) fn empty_design(sources: &Sources) -> Design {
    Design {
        files: sources
            .iter()
            .map(|(_, source)| SourceFile {
                path: source.path().replace('\\', "/"),
                line_starts: line_starts(source.text()),
            })
            .collect(),
        service: Service {
            name: String::from("Api"),
            title: String::from("API"),
            base: String::new(),
            cors: None,
            limits: Limits {
                body: BODY_LIMIT,
                rate: None,
            },
            validation_status: 400,
            row_security: None,
            doc: None,
            origin: None,
        },
        auth: None,
        enums: Arena::default(),
        entities: Arena::default(),
        resources: Arena::default(),
        questions: Vec::new(),
        holes: Vec::new(),
        decisions: Vec::new(),
        assumptions: Vec::new(),
    }
}

fn line_starts(text: &str) -> Vec<u32> {
    let breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
    let starts = breaks.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX));
    std::iter::once(0).chain(starts).collect()
}

/// So many lines are looked at: who has more mistakes mends these first.
const MOST_LINES: usize = 1000;

/// The words of the statements that the parser could not read, or had to skip.
pub(super) fn damaged(sources: &Sources, parsed: &[Parsed]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for found in unread(parsed).take(MOST_LINES) {
        let text = sources.text(found.primary.file);
        let (start, ends) = (found.primary.start as usize, ['\n', ';', '{', '}']);
        let before = text.get(..start).unwrap_or_default();
        let from = before.rfind(ends).map_or(0, |at| at + 1);
        let behind = text.get(start..).unwrap_or_default();
        let to = start + behind.find(ends).unwrap_or(behind.len());
        let statement = text.get(from..to).unwrap_or_default();
        words.extend(statement.split(is_no_word).map(str::to_owned));
    }
    let broken = parsed.iter().filter(|file| !file.diagnostics.is_empty());
    for node in broken.flat_map(|file| file.syntax().descendants().collect::<Vec<_>>()) {
        if node.kind() == SyntaxKind::ERROR && node.text().len() < LONGEST.into() {
            words.extend(node.text().to_string().split(is_no_word).map(str::to_owned));
        }
    }
    words.remove("");
    words
}

/// What is skipped and longer than this is prose rather than a declaration.
const LONGEST: u32 = 10_000;

fn is_no_word(char: char) -> bool {
    !char.is_ascii_alphanumeric() && char != '_'
}

/// Where the parser found fault.
pub(super) fn faults(parsed: &[Parsed]) -> BTreeSet<(FileId, u32)> {
    unread(parsed)
        .map(|found| (found.primary.file, found.primary.start))
        .collect()
}

/// What the parser found, but for what it has read all the same.
fn unread(parsed: &[Parsed]) -> impl Iterator<Item = &Diagnostic> {
    let found = parsed.iter().flat_map(|file| &file.diagnostics);
    found.filter(|found| found.is_error() && found.code != groma_syntax::rules::MIXED_AND_OR.code)
}
