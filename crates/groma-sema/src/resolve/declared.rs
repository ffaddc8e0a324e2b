//! The declarations of all files, sorted by what they declare.

use std::collections::BTreeSet;

use groma_diag::{FileId, Sources, Span};
use groma_ir::design::{Limits, Service, SourceFile};
use groma_ir::{Arena, Design};
use groma_syntax::Parsed;
use groma_syntax::ast::{self, AstNode};

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

/// The words on the lines that the parser could not read.
pub(super) fn damaged(sources: &Sources, parsed: &[Parsed]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let errors = parsed
        .iter()
        .flat_map(|file| &file.diagnostics)
        .filter(|found| found.is_error())
        .take(MOST_LINES);
    for found in errors {
        let text = sources.text(found.primary.file);
        let start = (found.primary.start as usize).min(text.len());
        let before = text.get(..start).unwrap_or_default();
        let from = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = text.get(from..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
        words.extend(line.split(|char| !is_word(char)).map(str::to_owned));
    }
    words.remove("");
    words
}

/// Where the parser found fault.
pub(super) fn faults(parsed: &[Parsed]) -> BTreeSet<(FileId, u32)> {
    let found = parsed.iter().flat_map(|file| &file.diagnostics);
    found
        .filter(|found| found.is_error())
        .map(|found| (found.primary.file, found.primary.start))
        .collect()
}
