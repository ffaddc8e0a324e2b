//! Makes manual pages of doc comments while compiling: a rule's comment is its page.

/// How long the page is without the blank that starts each line of a doc comment.
pub(crate) const fn length(page: &str) -> usize {
    let bytes = page.as_bytes();
    let (mut at, mut length, mut starts) = (0, 0, true);
    while at < bytes.len() {
        let byte = byte(bytes, at);
        length += !(starts && byte == b' ') as usize;
        starts = byte == b'\n';
        at += 1;
    }
    length
}

/// The page without the blank that starts each line; `LENGTH` is its [`length`].
pub(crate) const fn unindent<const LENGTH: usize>(page: &str) -> [u8; LENGTH] {
    let bytes = page.as_bytes();
    let mut out = [0; LENGTH];
    let (mut at, mut to, mut starts) = (0, 0, true);
    while at < bytes.len() {
        let byte = byte(bytes, at);
        if !(starts && byte == b' ') {
            put(&mut out, to, byte);
            to += 1;
        }
        starts = byte == b'\n';
        at += 1;
    }
    out
}

/// The bytes as text again.
pub(crate) const fn text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => unreachable!(),
    }
}

/// The first line.
pub(crate) const fn summary(page: &str) -> &str {
    page.split_at(line_end(page)).0
}

/// What follows the first line and the empty one behind it.
pub(crate) const fn explanation(page: &str) -> &str {
    page.split_at(line_end(page) + 2).1
}

const fn line_end(page: &str) -> usize {
    let mut at = 0;
    while byte(page.as_bytes(), at) != b'\n' {
        at += 1;
    }
    at
}

#[expect(
    clippy::indexing_slicing,
    reason = "runs while compiling, where a slip is a compile error"
)]
const fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes[at]
}

#[expect(
    clippy::indexing_slicing,
    reason = "runs while compiling, where a slip is a compile error"
)]
const fn put(bytes: &mut [u8], at: usize, byte: u8) {
    bytes[at] = byte;
}

/// Declares a rule: its doc comment is its manual page, its first line the summary.
macro_rules! rule {
    ($(#[doc = $line:literal])+ $level:ident $NAME:ident $code:literal $name:literal) => {
        pub(crate) static $NAME: groma_diag::RuleInfo = {
            const PAGE: &str = concat!($($line, "\n"),+);
            const BYTES: [u8; $crate::rules::page::length(PAGE)] = $crate::rules::page::unindent(PAGE);
            const TEXT: &str = $crate::rules::page::text(&BYTES);
            groma_diag::RuleInfo {
                code: $code,
                name: $name,
                level: groma_diag::Level::$level,
                since: "0.1",
                summary: $crate::rules::page::summary(TEXT),
                explanation: $crate::rules::page::explanation(TEXT),
            }
        };
    };
}

pub(crate) use rule;
