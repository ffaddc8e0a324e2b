//! What can be told of an expression without knowing what it means: which columns it names, and which values a list
//! of them allows.

/// A piece of an expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Piece<'t> {
    /// A name, with its quotes if it has some.
    Name(&'t str),
    /// Text in quotes.
    Text(&'t str),
    /// Anything else, one sign or number or blank at a time.
    Other(&'t str),
}

impl<'t> Piece<'t> {
    fn text(self) -> &'t str {
        match self {
            Self::Name(text) | Self::Text(text) | Self::Other(text) => text,
        }
    }
}

/// Cuts an expression into pieces, which together are all of it.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => quoted_length(rest, first),
            _ if is_word(first) => rest.find(|char| !is_word(char)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (piece, behind) = rest.split_at(length);
        rest = behind;
        pieces.push(match first {
            '\'' => Piece::Text(piece),
            '"' => Piece::Name(piece),
            _ if is_word(first) && !first.is_ascii_digit() => Piece::Name(piece),
            _ => Piece::Other(piece),
        });
    }
    pieces
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '$'
}

/// How long a quoted text is at the start of this one; a quote that is doubled does not end it.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(end) = text.get(at..).and_then(|rest| rest.find(quote)) {
        at += end + 1;
        match text.get(at..) {
            Some(rest) if rest.starts_with(quote) => at += 1,
            Some(_) | None => return at,
        }
    }
    text.len()
}

/// Whether a name in an expression is that of a column: no type and no function.
fn is_column(pieces: &[Piece<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| pieces.get(at));
    let behind = pieces.get(at + 1);
    before != Some(&Piece::Other(":")) && behind != Some(&Piece::Other("("))
}

fn names_it(piece: Piece<'_>, column: &str) -> bool {
    match piece {
        Piece::Name(name) => match name.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"').unwrap_or(rest).replace("\"\"", "\"") == column,
            None => name == column,
        },
        Piece::Text(_) | Piece::Other(_) => false,
    }
}

/// Whether an expression is about a column.
pub fn mentions(expression: &str, column: &str) -> bool {
    let pieces = pieces(expression);
    let mut all = pieces.iter().enumerate();
    all.any(|(at, piece)| names_it(*piece, column) && is_column(&pieces, at))
}

/// The expression with a column under its new name, in quotes where the old one was.
pub(crate) fn rename(expression: &str, from: &str, to: &str) -> String {
    let pieces = pieces(expression);
    let mut out = String::with_capacity(expression.len());
    for (at, piece) in pieces.iter().enumerate() {
        if !names_it(*piece, from) || !is_column(&pieces, at) {
            out.push_str(piece.text());
        } else if piece.text().starts_with('"') {
            out.push_str(&groma_sql::schema::quoted(to));
        } else {
            out.push_str(to);
        }
    }
    out
}

/// The values that a check allows a column, and what else it asks for: `"state" IN ('a', 'b') AND ...`, or as Postgres
/// prints it, `(state = ANY (ARRAY['a'::text, 'b'::text]))`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Values {
    /// The values, without quotes.
    pub(crate) values: Vec<String>,
    /// What stands before the list.
    before: String,
    /// What stands behind it.
    behind: String,
    /// What stands behind each value: a cast.
    cast: String,
}

impl Values {
    /// Reads the only list of texts of a check.
    pub(crate) fn of(expression: &str) -> Option<Self> {
        let start = match (expression.find(" IN ('"), expression.find("ARRAY['")) {
            (Some(at), None) => at + " IN (".len(),
            (None, Some(at)) => at + "ARRAY[".len(),
            (Some(_), Some(_)) | (None, None) => return None,
        };
        let mut values = Vec::new();
        let mut cast = None;
        let mut rest = expression.get(start..)?;
        loop {
            let length = rest.starts_with('\'').then(|| quoted_length(rest, '\''))?;
            let (value, behind) = rest.split_at(length);
            values.push(value.get(1..length.checked_sub(1)?)?.replace("''", "'"));
            let end = behind.find([',', ')', ']'])?;
            let (said, behind) = behind.split_at(end);
            if *cast.get_or_insert(said) != said {
                return None;
            }
            match behind.strip_prefix(", ") {
                Some(next) => rest = next,
                None => {
                    return Some(Self {
                        values,
                        before: expression.get(..start)?.to_owned(),
                        behind: behind.to_owned(),
                        cast: said.to_owned(),
                    });
                }
            }
        }
    }

    /// Whether two checks differ in their values alone.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (&self.before, &self.behind, &self.cast) == (&other.before, &other.behind, &other.cast)
    }

    /// Whether every value of another list is one of this.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        other.values.iter().all(|value| self.values.contains(value))
    }

    /// The check that allows the values of another one too.
    pub(crate) fn with(&self, other: &Self) -> String {
        let mut values = self.values.clone();
        values.extend(
            other
                .values
                .iter()
                .filter(|value| !self.values.contains(value))
                .cloned(),
        );
        let values: Vec<String> = values
            .iter()
            .map(|value| format!("{}{}", text_literal(value), self.cast))
            .collect();
        format!("{}{}{}", self.before, values.join(", "), self.behind)
    }
}

/// A text in quotes.
pub(crate) fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether whatever meets the old check meets the new one; `false` where that cannot be told.
pub fn widens(old: &str, new: &str) -> bool {
    let (old, new) = (conjuncts(old), conjuncts(new));
    new.iter().all(|new| old.iter().any(|old| is_wider(old, new)))
}

fn is_wider(old: &str, new: &str) -> bool {
    if old == new {
        return true;
    }
    if let (Some(old), Some(new)) = (Values::of(old), Values::of(new)) {
        return new.is_like(&old) && new.includes(&old);
    }
    match (at_most(old), at_most(new)) {
        (Some((what, old)), Some((same, new))) => what == same && new >= old,
        _ => false,
    }
}

/// `length(title) <= 200` as what is bound, and by what.
fn at_most(text: &str) -> Option<(&str, u64)> {
    let (what, bound) = text.rsplit_once(" <= ")?;
    Some((what, bound.parse().ok()?))
}

/// The parts that an expression joins by `AND`, without the parentheses around them.
fn conjuncts(expression: &str) -> Vec<&str> {
    let text = without_parentheses(expression);
    let (mut depth, mut start, mut at) = (0_usize, 0, 0);
    let mut parts = Vec::new();
    for piece in pieces(text) {
        match piece.text() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "OR" if depth == 0 => return vec![text],
            "AND" if depth == 0 => {
                parts.extend(text.get(start..at));
                start = at + "AND".len();
            }
            _ => {}
        }
        at += piece.text().len();
    }
    parts.extend(text.get(start..));
    parts.into_iter().map(without_parentheses).collect()
}

/// The text without parentheses that hold all of it.
fn without_parentheses(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return text;
    };
    let mut depth = 0_i64;
    let closes_early = pieces(inner).iter().any(|piece| {
        depth += match piece.text() {
            "(" => 1,
            ")" => -1,
            _ => 0,
        };
        depth < 0
    });
    if closes_early {
        text
    } else {
        without_parentheses(inner)
    }
}
