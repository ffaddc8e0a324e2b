//! From a file to its tree: Markdown or plain, fence by fence.

use std::collections::BTreeSet;
use std::ops::Range;

use groma_diag::{Diagnostic, FileId, Span};
use rowan::{GreenNode, GreenNodeBuilder, Language};

use crate::ast::{self, AstNode};
use crate::islands::{self, Fence};
use crate::kind::{Groma, SyntaxKind, SyntaxNode};
use crate::parser::Parser;
use crate::prose::{self, Prose};
use crate::{docs, grammar, lexer, rules};

/// The longest file that is read.
const LARGEST: usize = 64 << 20;

/// A declaration is looked for in so many fences behind the one in which it begins.
const MOST_PARTS: usize = 4;

/// What was read from one file.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The file.
    pub file: FileId,
    /// The lossless tree of all of it, prose included.
    pub green: GreenNode,
    /// What the prose says that can be checked; empty for a plain file.
    pub prose: Prose,
    /// What is wrong with the text, by place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// The tree.
    pub fn syntax(&self) -> SyntaxNode {
        SyntaxNode::new_root(self.green.clone())
    }

    /// The typed view of the tree.
    pub fn ast(&self) -> ast::File {
        match ast::File::cast(self.file, self.syntax()) {
            Some(file) => file,
            None => unreachable!("the root of every tree is a file"),
        }
    }

    /// Every name in the fences, in order and as often as it stands there.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let tokens = self
            .syntax()
            .descendants_with_tokens()
            .filter_map(rowan::NodeOrToken::into_token);
        tokens
            .filter(|token| token.kind() == SyntaxKind::IDENT)
            .map(|token| token.text().to_owned())
    }

    /// All declarations in order.
    pub fn declarations(&self) -> Vec<ast::Declaration> {
        self.ast().declarations().collect()
    }
}

/// Whether a file of this name is Markdown, by its extension.
pub(crate) fn is_markdown(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["md", "markdown", "mdx"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// Reads a file: the fences of a Markdown file, or all of a plain one. Never fails: what is wrong is reported.
pub fn parse_file(file: FileId, path: &str, text: &str) -> Parsed {
    if text.len() > LARGEST {
        return too_large(file);
    }
    if is_markdown(path) {
        parse_markdown(file, text)
    } else {
        parse_plain(file, text)
    }
}

fn too_large(file: FileId) -> Parsed {
    let mut build = Build::new(file, "");
    let message = format!("this file is larger than {} MB", LARGEST >> 20);
    let found = Diagnostic::new(&rules::FILE_TOO_LARGE, crate::span(file, 0..0), message)
        .help("split it into several files");
    build.diagnostics.push(found);
    build.finish(Prose::default())
}

fn parse_plain(file: FileId, text: &str) -> Parsed {
    let mut build = Build::new(file, text);
    let mark = islands::mark(text);
    build.token(SyntaxKind::PROSE, mark);
    let lines = islands::lines_of(text, mark..text.len());
    build.island(&lines, Reading::Whole);
    build.finish(Prose::default())
}

fn parse_markdown(file: FileId, text: &str) -> Parsed {
    let layout = islands::layout(file, text);
    let mut build = Build::new(file, text);
    build.diagnostics = layout.diagnostics;
    let mut rest = layout.fences.as_slice();
    while let Some((fence, more)) = rest.split_first() {
        let taken = build.fence(fence, more);
        rest = more.get(taken..).unwrap_or_default();
    }
    build.token(SyntaxKind::PROSE, text.len());
    build.finish(prose::prose(file, text, &layout.opaque))
}

/// How an island is to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// It holds declarations, and nothing else.
    Whole,
    /// It may end in prose, because its fence was not closed, which has been reported.
    UpToProse,
}

/// A tree under construction.
struct Build<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    builder: GreenNodeBuilder<'static>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Build<'a> {
    fn new(file: FileId, text: &'a str) -> Build<'a> {
        let mut builder = GreenNodeBuilder::new();
        builder.start_node(Groma::kind_to_raw(SyntaxKind::FILE));
        Build {
            file,
            text,
            at: 0,
            builder,
            diagnostics: Vec::new(),
        }
    }

    fn finish(mut self, prose: Prose) -> Parsed {
        self.builder.finish_node();
        self.diagnostics.sort_by_key(Diagnostic::order);
        Parsed {
            file: self.file,
            green: self.builder.finish(),
            prose,
            diagnostics: self.diagnostics,
        }
    }

    /// Everything up to a place as one token.
    fn token(&mut self, kind: SyntaxKind, upto: usize) {
        if self.at < upto {
            let text = self.text.get(self.at..upto).unwrap_or_default();
            self.builder.token(Groma::kind_to_raw(kind), text);
            self.at = upto;
        }
    }

    /// Reads a fence; gives how many of those behind it hold the rest of its last declaration, and were read with it.
    fn fence(&mut self, fence: &Fence, more: &[Fence]) -> usize {
        if let Some(paragraph) = &fence.paragraph {
            self.token(SyntaxKind::PROSE, paragraph.start);
            self.token(SyntaxKind::PARAGRAPH, paragraph.end);
        }
        self.token(
            SyntaxKind::PROSE,
            fence.content().map_or(self.at, |content| content.start),
        );
        if !fence.is_closed {
            self.open_fence(fence);
            return 0;
        }
        let near = more.iter().take(MOST_PARTS);
        let parts = near.take_while(|next| self.begins_amid(next)).count();
        let joined = self.joined(fence, more.get(..parts).unwrap_or_default());
        let (lines, taken) = joined.unwrap_or_else(|| (fence.lines.clone(), 0));
        self.island(&lines, Reading::Whole);
        taken
    }

    /// The lines of a fence that ends inside a declaration, with those of the fences that hold the rest of it.
    fn joined(&mut self, fence: &Fence, parts: &[Fence]) -> Option<(Vec<Range<usize>>, usize)> {
        let first = parts.first()?;
        let brace = self.open_at_end(&fence.lines)?;
        let mut lines = fence.lines.clone();
        for (at, part) in parts.iter().enumerate() {
            lines.extend(part.lines.iter().cloned());
            if self.open_at_end(&lines).is_none() {
                self.cut_declaration(brace, first);
                return Some((lines, at + 1));
            }
        }
        None
    }

    /// The brace that is still open where the lines end.
    fn open_at_end(&self, lines: &[Range<usize>]) -> Option<Span> {
        let (tokens, _) = lexer::lex(self.file, self.text, lines);
        let mut aside = GreenNodeBuilder::new();
        Parser::new(self.file, self.text, &tokens, &mut aside).open_at_end
    }

    /// Whether a fence begins with something that is no declaration.
    fn begins_amid(&self, fence: &Fence) -> bool {
        let mut lines = fence
            .lines
            .iter()
            .filter_map(|line| self.text.get(line.clone()))
            .map(str::trim);
        let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
        let word = |line: &str| {
            line.split(|char: char| !char.is_alphanumeric())
                .next()
                .map(str::to_owned)
        };
        first
            .and_then(word)
            .is_some_and(|word| !grammar::is_declaration(&word))
    }

    fn island(&mut self, lines: &[Range<usize>], reading: Reading) {
        let (tokens, mut found) = lexer::lex(self.file, self.text, lines);
        self.builder.start_node(Groma::kind_to_raw(SyntaxKind::ISLAND));
        let mut parser = Parser::new(self.file, self.text, &tokens, &mut self.builder);
        parser.may_end_in_prose = reading == Reading::UpToProse;
        grammar::island(&mut parser);
        let (mut read, prose) = (std::mem::take(&mut parser.diagnostics), parser.prose);
        // Where a text is not closed nobody knows what its line says.
        let words: BTreeSet<Span> = found.iter().map(|it| it.primary).collect();
        read.retain(|it| !words.contains(&it.primary) && !self.is_beside_open_text(it, &found));
        found.append(&mut read);
        found.append(&mut docs::idle(self.file, &tokens));
        if let Some(prose) = prose {
            found.retain(|found| found.primary < prose);
        }
        self.diagnostics.append(&mut found);
        self.builder.finish_node();
        self.at = tokens.last().map_or(self.at, |token| token.end);
    }

    fn is_beside_open_text(&self, it: &Diagnostic, found: &[Diagnostic]) -> bool {
        let mut open = found
            .iter()
            .filter(|found| found.code == rules::UNTERMINATED_STRING.code);
        open.any(|open| {
            let (from, to) = (
                it.primary.start.min(open.primary.start),
                it.primary.start.max(open.primary.start),
            );
            let between = self.text.get(from as usize..to as usize);
            between.is_some_and(|between| !between.contains('\n'))
        })
    }

    fn cut_declaration(&mut self, brace: Span, next: &Fence) {
        let rest = next.lines.first().cloned().unwrap_or(next.block.clone());
        let found = Diagnostic::new(&rules::CUT_FENCE, brace, "the fence ends inside this declaration")
            .label(
                crate::span(self.file, rest.start..rest.end),
                "the rest seems to stand here",
            )
            .help("a fence holds whole declarations: join the two fences");
        self.diagnostics.push(found);
    }

    fn open_fence(&mut self, fence: &Fence) {
        let opening = self
            .text
            .get(fence.block.clone())
            .and_then(|block| block.lines().next())
            .map_or(0, str::len);
        let span = crate::span(self.file, fence.block.start..fence.block.start + opening);
        let found = Diagnostic::new(&rules::CUT_FENCE, span, "this fence is not closed")
            .help("add a line with its three backticks behind the last declaration");
        self.diagnostics.push(found);
        self.island(&fence.lines, Reading::UpToProse);
    }
}
