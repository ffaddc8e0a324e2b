//! Conditions and terms.

use groma_diag::Span;

use super::data::Type;
use super::names::{Name, Path, StringLit};
use super::node::{self, AstNode, node_enum, nodes};
use super::open::Words;
use crate::kind::{SyntaxElement, SyntaxKind};
use crate::text;

node_enum! {
    /// A condition; a bare term is one too (`hidden`, `not done`).
    Cond {
        /// `a and b and c`.
        And(And),
        /// `a or b or c`.
        Or(Or),
        /// `not a`.
        Not(Not),
        /// `a == b`.
        Compare(Compare),
        /// `a in (b, c)`.
        In(In),
        /// A term on its own, also one in parentheses.
        Term(Term),
    }
}

node_enum! {
    /// A value.
    Term {
        /// `status`, `new.project`, `caller.email`: a field, an enum value or a claim, by the place.
        Path(Path),
        /// `42`, `4.2`.
        Number(Number),
        /// `"text"`.
        String(StringLit),
        /// `true`, `false`.
        Bool(Bool),
        /// `2026-11-21`, `09:30`, `2026-11-21T09:30:00Z`.
        Date(Date),
        /// `7d`.
        Duration(Duration),
        /// `256KB`.
        Size(Size),
        /// `now`.
        Now(Now),
        /// `none`.
        None(NoneTerm),
        /// `caller`.
        Caller(Caller),
        /// `count(tasks)`.
        Call(Call),
        /// `[a, b]` or `(a, b)`.
        List(List),
        /// `{ a: b }`.
        Object(Object),
        /// `now + 7d`.
        Arithmetic(Arithmetic),
        /// `-a`.
        Negative(Negative),
        /// `(cond)`.
        Paren(Paren),
        /// `TBD(x)`.
        Hole(Hole),
    }
}

nodes! {
    /// `a and b`.
    And = AND;
    /// `a or b`.
    Or = OR;
    /// `not a`.
    Not = NOT;
    /// `a < b`.
    Compare = COMPARE;
    /// `a in (b, c)`, `a not in (b, c)`.
    In = IN;
    /// `(a)`.
    Paren = PAREN;
    /// `a + b - c`.
    Arithmetic = ARITHMETIC;
    /// `-a`.
    Negative = NEGATIVE;
    /// `count(a)`.
    Call = CALL;
    /// `[a, b]`.
    List = LIST;
    /// `{ a: b }`.
    Object = OBJECT;
    /// One `a: b`.
    Pair = PAIR;
    /// A number.
    Number = NUMBER_TERM;
    /// `true` or `false`.
    Bool = BOOL_TERM;
    /// A date, a time or both.
    Date = DATE_TERM;
    /// A span of time.
    Duration = DURATION_TERM;
    /// A number of bytes.
    Size = SIZE_TERM;
    /// `now`.
    Now = NOW_TERM;
    /// `none`.
    NoneTerm = NONE_TERM;
    /// `caller`.
    Caller = CALLER_TERM;
    /// `TBD(provisional)`.
    Hole = HOLE;
}

impl And {
    /// What must all hold.
    pub fn operands(&self) -> impl Iterator<Item = Cond> + use<> {
        self.0.children()
    }
}

impl Or {
    /// Of which one must hold.
    pub fn operands(&self) -> impl Iterator<Item = Cond> + use<> {
        self.0.children()
    }
}

impl Not {
    /// What must not hold.
    pub fn operand(&self) -> Option<Cond> {
        self.0.child()
    }
}

/// How two terms are compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Comparison {
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

impl Compare {
    /// The term on the left.
    pub fn left(&self) -> Option<Term> {
        self.0.child()
    }

    /// The term on the right.
    pub fn right(&self) -> Option<Term> {
        self.0.children().nth(1)
    }

    /// The operator; `=` for `==` is reported and read as meant.
    pub fn comparison(&self) -> Option<Comparison> {
        self.0.tokens().find_map(|token| comparison(token.kind()))
    }
}

fn comparison(kind: SyntaxKind) -> Option<Comparison> {
    match kind {
        SyntaxKind::EQ_EQ | SyntaxKind::EQ => Some(Comparison::Equal),
        SyntaxKind::NOT_EQ => Some(Comparison::NotEqual),
        SyntaxKind::LESS => Some(Comparison::Less),
        SyntaxKind::LESS_EQ => Some(Comparison::LessOrEqual),
        SyntaxKind::GREATER => Some(Comparison::Greater),
        SyntaxKind::GREATER_EQ => Some(Comparison::GreaterOrEqual),
        _ => None,
    }
}

impl In {
    /// What is looked for.
    pub fn left(&self) -> Option<Term> {
        self.0.child()
    }

    /// Where: a list, or a path to one.
    pub fn right(&self) -> Option<Term> {
        self.0.children().nth(1)
    }

    /// Whether it says `not in`.
    pub fn is_negated(&self) -> bool {
        self.0.has_keyword("not")
    }
}

impl Paren {
    /// What stands inside.
    pub fn inner(&self) -> Option<Cond> {
        self.0.child()
    }
}

/// The sign before a part of a sum.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sign {
    /// `+`, and the first part.
    Plus,
    /// `-`.
    Minus,
}

impl Arithmetic {
    /// The parts with the signs before them.
    pub fn parts(&self) -> Vec<(Sign, Term)> {
        let mut sign = Sign::Plus;
        let mut parts = Vec::new();
        for element in self.0.syntax.children_with_tokens() {
            match element {
                SyntaxElement::Token(token) if token.kind() == SyntaxKind::MINUS => sign = Sign::Minus,
                SyntaxElement::Token(token) if token.kind() == SyntaxKind::PLUS => sign = Sign::Plus,
                SyntaxElement::Token(_) => {}
                SyntaxElement::Node(node) => {
                    parts.extend(Term::cast(self.0.file, node).map(|term| (sign, term)));
                }
            }
        }
        parts
    }
}

impl Negative {
    /// The term behind the sign.
    pub fn operand(&self) -> Option<Term> {
        self.0.child()
    }
}

impl Call {
    /// The function: `count`, `sum`, `avg`, `min`, `max`.
    pub fn function(&self) -> Option<Name> {
        self.0.child()
    }

    /// What it is applied to.
    pub fn args(&self) -> impl Iterator<Item = Cond> + use<> {
        self.0.children()
    }
}

impl List {
    /// The elements.
    pub fn items(&self) -> impl Iterator<Item = Term> + use<> {
        self.0.children()
    }
}

impl Object {
    /// The members.
    pub fn pairs(&self) -> impl Iterator<Item = Pair> + use<> {
        self.0.children()
    }
}

impl Pair {
    /// The name before the colon.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// The value behind it.
    pub fn value(&self) -> Option<Cond> {
        self.0.child()
    }
}

impl Number {
    /// The number as it stands, without a sign.
    pub fn text(&self) -> String {
        self.0
            .first_token()
            .map_or_else(String::new, |token| token.text().to_owned())
    }

    /// Its value, if it is whole and fits.
    pub fn as_integer(&self) -> Option<i64> {
        self.text().replace('_', "").parse().ok()
    }
}

impl Bool {
    /// Its value.
    pub fn value(&self) -> bool {
        self.0.has_keyword("true")
    }
}

/// Which of the three a [`Date`] is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DateKind {
    /// `2026-11-21`.
    Date,
    /// `09:30`.
    Time,
    /// `2026-11-21T09:30:00Z`.
    DateTime,
}

impl Date {
    /// The literal as it stands.
    pub fn text(&self) -> String {
        self.0
            .first_token()
            .map_or_else(String::new, |token| token.text().to_owned())
    }

    /// Which of the three it is.
    pub fn kind(&self) -> DateKind {
        match self.0.first_token().map(|token| token.kind()) {
            Some(SyntaxKind::TIME) => DateKind::Time,
            Some(SyntaxKind::DATETIME) => DateKind::DateTime,
            _ => DateKind::Date,
        }
    }
}

impl Duration {
    /// How many seconds it is.
    pub fn seconds(&self) -> Option<u64> {
        self.0.first_token().and_then(|token| text::seconds(token.text()))
    }

    /// The literal as it stands.
    pub fn text(&self) -> String {
        self.0
            .first_token()
            .map_or_else(String::new, |token| token.text().to_owned())
    }
}

impl Size {
    /// How many bytes it is; a `KB` has 1024.
    pub fn bytes(&self) -> Option<u64> {
        self.0.first_token().and_then(|token| text::bytes(token.text()))
    }

    /// The literal as it stands.
    pub fn text(&self) -> String {
        self.0
            .first_token()
            .map_or_else(String::new, |token| token.text().to_owned())
    }
}

impl Hole {
    /// The provisional answer as a condition or term, where one may stand.
    pub fn cond(&self) -> Option<Cond> {
        self.0.child()
    }

    /// The provisional answer as a term.
    pub fn term(&self) -> Option<Term> {
        self.0.child()
    }

    /// The provisional answer as a type, where one may stand.
    pub fn ty(&self) -> Option<Type> {
        self.0.child()
    }

    /// The provisional answer in words, as in `TBD(set null)`.
    pub fn words(&self) -> Option<Words> {
        self.0.child()
    }

    /// The place of the word `TBD`.
    pub fn keyword_span(&self) -> Span {
        self.0.first_token().map_or_else(
            || self.span(),
            |token| node::span(self.0.file, token.text_range()),
        )
    }
}
