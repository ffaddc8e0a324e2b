//! Tokens that begin with a digit.

use groma_diag::{Diagnostic, Edit};

use super::{Lexer, Token, run};
use crate::kind::SyntaxKind::{self, *};
use crate::{rules, text};

impl Lexer<'_> {
    pub(super) fn number(&mut self, rest: &str) {
        if self.in_route() {
            return self.push(IDENT, run(rest, super::is_word));
        }
        let (kind, len) = shape(rest);
        let literal = rest.get(..len).unwrap_or_default();
        let (kind, problem) = judge(kind, literal);
        if let Some(problem) = problem {
            self.bad(literal, problem);
        }
        self.push(kind, len);
    }

    /// A segment of a route may begin with a digit: `/2fa`.
    fn in_route(&self) -> bool {
        self.tokens
            .last()
            .is_some_and(|&Token { kind, .. }| kind == SLASH)
    }

    fn bad(&mut self, literal: &str, problem: &str) {
        let span = self.span(0..literal.len());
        let found = Diagnostic::new(&rules::BAD_LITERAL, span, format!("`{literal}` is {problem}"));
        let found = match repaired(literal) {
            Some(meant) => found.suggestion(format!("write `{meant}`"), [Edit::replace(span, meant)]),
            None => found.help("numbers are `42` and `4.2`, durations `7d`, sizes `256KB`, dates `2026-11-21`, times `09:30`"),
        };
        self.report(found);
    }
}

/// What a token at a digit looks like, and how long it is.
fn shape(rest: &str) -> (SyntaxKind, usize) {
    let word = run(rest, super::is_word);
    let digits = run(rest, |char| char.is_ascii_digit());
    let tail = rest.get(word..).unwrap_or_default();
    if digits == word && digits == 4 && is_pattern(tail, "-00-00") {
        let after = rest.get(word + 6..).unwrap_or_default();
        if after.starts_with('T') {
            let stamp = run(after, |char| {
                super::is_word(char) || matches!(char, ':' | '.' | '+' | '-')
            });
            return (DATETIME, word + 6 + stamp);
        }
        return (DATE, word + 6 + run(after, super::is_word));
    }
    if digits == word && digits == 2 && is_pattern(tail, ":00") {
        let seconds = rest.get(word + 3..).unwrap_or_default();
        let more = if is_pattern(seconds, ":00") { 3 } else { 0 };
        let fraction = fraction(rest.get(word + 3 + more..).unwrap_or_default());
        return (TIME, word + 3 + more + if more > 0 { fraction } else { 0 });
    }
    let fraction = fraction(tail);
    if digits == word && fraction > 0 {
        let after = rest.get(word + fraction..).unwrap_or_default();
        return (DECIMAL, word + fraction + run(after, super::is_word));
    }
    (INT, word)
}

/// The length of `.5`, or 0; `..` begins none.
fn fraction(text: &str) -> usize {
    let digits = text
        .strip_prefix('.')
        .map_or(0, |digits| run(digits, |char| char.is_ascii_digit()));
    if digits == 0 { 0 } else { digits + 1 }
}

/// Whether the text begins so, each `0` being any digit.
fn is_pattern(text: &str, pattern: &str) -> bool {
    let mut bytes = text.bytes();
    pattern.bytes().all(|want| {
        bytes.next().is_some_and(|byte| {
            if want == b'0' {
                byte.is_ascii_digit()
            } else {
                byte == want
            }
        })
    })
}

/// The kind that the literal turns out to be, and what is wrong with it.
fn judge(kind: SyntaxKind, literal: &str) -> (SyntaxKind, Option<&'static str>) {
    let wrong = |fine: bool, problem| if fine { None } else { Some(problem) };
    match kind {
        DATE => (DATE, wrong(text::is_date(literal), "no day of the calendar")),
        TIME => (TIME, wrong(text::is_time(literal), "no time of day")),
        DATETIME => (
            DATETIME,
            wrong(
                text::is_datetime(literal),
                "no time stamp such as `2026-11-21T09:30:00Z`",
            ),
        ),
        DECIMAL => (
            DECIMAL,
            wrong(
                literal.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit()),
                "no number",
            ),
        ),
        _ if text::seconds(literal).is_some() => (DURATION, None),
        _ if text::bytes(literal).is_some() => (SIZE, None),
        _ => (INT, judge_integer(literal)),
    }
}

fn judge_integer(literal: &str) -> Option<&'static str> {
    let plain = literal.replace('_', "");
    if !plain.bytes().all(|byte| byte.is_ascii_digit()) || literal.ends_with('_') {
        return Some("neither a number nor a duration nor a size");
    }
    plain
        .parse::<i64>()
        .is_err()
        .then_some("a number that does not fit 64 bits")
}

/// The literal that was probably meant: `7days` is `7d`, `256kb` is `256KB`.
fn repaired(literal: &str) -> Option<String> {
    let digits = run(literal, |char| char.is_ascii_digit());
    let (count, unit) = literal.split_at_checked(digits)?;
    let unit = match unit.to_ascii_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" => "s",
        "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "day" | "days" => "d",
        "week" | "weeks" => "w",
        "k" | "kb" | "kib" => "KB",
        "mb" | "mib" => "MB",
        "gb" | "gib" => "GB",
        _ => return None,
    };
    Some(format!("{count}{unit}"))
}
