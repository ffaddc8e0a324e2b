//! Which words of the trees were read while something was made of them.
//!
//! A word that nobody reads has no effect, whatever its author meant by it. Views note the tokens that they give out;
//! what is left over afterwards is [`Reads::unread`]. Nothing is noted outside [`record`].

use std::cell::RefCell;

use groma_diag::{FileId, Span};
use rowan::NodeOrToken;

use crate::Parsed;
use crate::kind::{Groma, SyntaxKind, SyntaxToken};

thread_local! {
    /// What is noted on this thread, while [`record`] runs.
    static READS: RefCell<Option<Reads>> = const { RefCell::new(None) };
}

/// The tokens that were read, by file and place.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Reads {
    /// A bit for every byte at which a token can begin.
    files: Vec<Vec<u64>>,
}

/// Runs something, and gives which words of the trees it read on this thread.
pub fn record<R>(run: impl FnOnce() -> R) -> (R, Reads) {
    READS.with_borrow_mut(|reads| *reads = Some(Reads::default()));
    let result = run();
    (result, READS.take().unwrap_or_default())
}

/// Notes a token that a view gives out.
pub(super) fn note(file: FileId, token: &SyntaxToken) {
    READS.with_borrow_mut(|reads| {
        if let Some(reads) = reads {
            reads.mark(file, token.text_range().start().into());
        }
    });
}

impl Reads {
    fn mark(&mut self, file: FileId, at: u32) {
        let (file, at) = (file.0 as usize, at as usize);
        if self.files.len() <= file {
            self.files.resize_with(file + 1, Vec::new);
        }
        let Some(bits) = self.files.get_mut(file) else {
            return;
        };
        let word = at / 64;
        if bits.len() <= word {
            bits.resize(word + 1, 0);
        }
        if let Some(bits) = bits.get_mut(word) {
            *bits |= 1 << (at % 64);
        }
    }

    fn has(&self, file: FileId, at: u32) -> bool {
        let bits = self.files.get(file.0 as usize);
        let bits = bits.and_then(|bits| bits.get(at as usize / 64));
        bits.is_some_and(|bits| bits & 1 << (at % 64) != 0)
    }

    /// The names and literals of a file that nobody read, in order.
    ///
    /// Signs are not looked at: they only hold together what they stand between. Nor are the words of the grammar,
    /// which say what the names around them are.
    pub fn unread(&self, parsed: &Parsed) -> Vec<Span> {
        let mut found = Vec::new();
        // A chain of operators nests as deep as it is long, so this keeps a stack of its own.
        let mut open = vec![(0_u32, NodeOrToken::Node(&*parsed.green))];
        while let Some((at, element)) = open.pop() {
            match element {
                NodeOrToken::Node(node) => {
                    let children = node.children().rev();
                    let mut end = at + u32::from(node.text_len());
                    let placed = children.map(|child| {
                        end -= u32::from(child.text_len());
                        (end, child)
                    });
                    // The last child is pushed first, so that the first one is taken next.
                    open.extend(placed);
                }
                NodeOrToken::Token(token) => {
                    let kind = <Groma as rowan::Language>::kind_from_raw(token.kind());
                    if means_something(kind) && !self.has(parsed.file, at) {
                        let end = at + u32::from(token.text_len());
                        found.push(Span::new(parsed.file, at, end));
                    }
                }
            }
        }
        found
    }
}

/// Whether a token is a name or a literal.
fn means_something(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::IDENT
            | SyntaxKind::INT
            | SyntaxKind::DECIMAL
            | SyntaxKind::DURATION
            | SyntaxKind::SIZE
            | SyntaxKind::DATE
            | SyntaxKind::TIME
            | SyntaxKind::DATETIME
            | SyntaxKind::STRING
            | SyntaxKind::REGEX
    )
}
