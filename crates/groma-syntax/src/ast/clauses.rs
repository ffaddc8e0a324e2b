//! The lines of the block of an operation, action or report.

use super::access;
use super::data::Type;
use super::modifiers::Modifier;
use super::names::{Name, Path, SortKey, StringLit};
use super::node::{AstNode, node_enum, nodes};
use super::service::Rate;
use super::term::{Cond, Duration, Hole, Number, Object};
use crate::kind::SyntaxKind;

nodes! {
    /// `filter a, state { .. }`.
    Filter = FILTER;
    /// One filter.
    FilterItem = FILTER_ITEM;
    /// `open when cond`.
    FilterCase = FILTER_CASE;
    /// `search title, notes`.
    Search = SEARCH;
    /// `sort -created_at, due as sort_by order as order`.
    Sort = SORT;
    /// `page cursor 20 max 100`.
    Page = PAGE;
    /// `as array`, `as { tasks: items }`.
    Shape = SHAPE;
    /// `as sort_by`, `order as order`.
    ParameterName = PARAMETER_NAME;
    /// `accept a, b`.
    Accept = ACCEPT;
    /// `include a, b`.
    Include = INCLUDE;
    /// `hide a, b`.
    Hide = HIDE;
    /// `fields a, b`.
    Fields = FIELDS;
    /// `status 200`.
    Status = STATUS;
    /// `answer { ok: true }`.
    Answer = ANSWER;
    /// `cache 5m public`.
    Cache = CACHE;
    /// `limit 10/min per caller`.
    Limit = LIMIT;
    /// `public`.
    Public = PUBLIC;
    /// `input token: text(43)`.
    Input = INPUT;
    /// `from todo, doing to done`.
    Move = MOVE;
    /// `set done_at = now`.
    Set = SET;
    /// `done_at = now`.
    Assignment = ASSIGNMENT;
    /// `find by token`.
    Find = FIND;
    /// `create Team.members { team: team }`.
    CreateRow = CREATE_ROW;
    /// `error expired 410 when cond`.
    ErrorClause = ERROR_CLAUSE;
    /// `handled by "module:function"`.
    Handled = HANDLED;
}

node_enum! {
    /// One line of the block of an operation, action or report. Which of them fit where is not the parser's matter.
    Clause {
        /// `filter`.
        Filter(Filter),
        /// `search`.
        Search(Search),
        /// `sort`.
        Sort(Sort),
        /// `page`.
        Page(Page),
        /// `as`.
        Shape(Shape),
        /// `accept`.
        Accept(Accept),
        /// `include`.
        Include(Include),
        /// `hide`.
        Hide(Hide),
        /// `fields`.
        Fields(Fields),
        /// `status`.
        Status(Status),
        /// `answer`.
        Answer(Answer),
        /// `cache`.
        Cache(Cache),
        /// `limit`.
        Limit(Limit),
        /// `public`.
        Public(Public),
        /// `input`.
        Input(Input),
        /// `from .. to`.
        Move(Move),
        /// `set`.
        Set(Set),
        /// `find by`.
        Find(Find),
        /// `create Entity { .. }`.
        CreateRow(CreateRow),
        /// `error`.
        Error(ErrorClause),
        /// `handled by`.
        Handled(Handled),
    }
}

impl Filter {
    /// The filters.
    pub fn items(&self) -> impl Iterator<Item = FilterItem> + use<> {
        self.0.children()
    }
}

impl FilterItem {
    /// The field, or the name of a filter with cases.
    pub fn path(&self) -> Option<Path> {
        self.0.child()
    }

    /// The name of the query parameter, where it differs.
    pub fn parameter(&self) -> Option<Name> {
        self.0.child::<ParameterName>()?.name()
    }

    /// Whether it has braces with cases.
    pub fn is_named(&self) -> bool {
        self.0.token(SyntaxKind::L_BRACE).is_some()
    }

    /// The cases.
    pub fn cases(&self) -> impl Iterator<Item = FilterCase> + use<> {
        self.0.children()
    }
}

impl FilterCase {
    /// The value of the parameter.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// Which rows it means; none means all.
    pub fn when(&self) -> Option<Cond> {
        access::when(&self.0)
    }
}

impl ParameterName {
    /// What is named, `order` in `order as direction`; none for the clause itself.
    pub fn subject(&self) -> Option<String> {
        self.0
            .first_keyword()
            .map(|token| token.text().to_owned())
            .filter(|word| word != "as")
    }

    /// The name that the parameter gets.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }
}

impl Search {
    /// The fields.
    pub fn paths(&self) -> impl Iterator<Item = Path> + use<> {
        self.0.children()
    }

    /// The name of the query parameter, where it differs.
    pub fn parameter(&self) -> Option<Name> {
        self.0.child::<ParameterName>()?.name()
    }
}

impl Sort {
    /// The fields, the first is the default.
    pub fn keys(&self) -> impl Iterator<Item = SortKey> + use<> {
        self.0.children()
    }

    /// Names of query parameters that differ: its own, and `order`.
    pub fn parameters(&self) -> impl Iterator<Item = ParameterName> + use<> {
        self.0.children()
    }
}

impl Page {
    /// `cursor`, `offset` or `number`.
    pub fn mode(&self) -> Option<Name> {
        self.0.child()
    }

    /// How many rows unasked.
    pub fn size(&self) -> Option<Number> {
        let max = self.0.keyword("max").map(|token| token.text_range().start());
        self.0
            .child()
            .filter(|size: &Number| max.is_none_or(|max| size.syntax().text_range().end() <= max))
    }

    /// How many rows at most.
    pub fn max(&self) -> Option<Number> {
        self.0.after("max")
    }

    /// The open size, `page TBD(20)`.
    pub fn hole(&self) -> Option<Hole> {
        self.0.child()
    }

    /// Names of query parameters that differ: its own (cursor, offset or page), and `size`.
    pub fn parameters(&self) -> impl Iterator<Item = ParameterName> + use<> {
        self.0.children()
    }
}

impl Shape {
    /// Whether it is a bare array.
    pub fn is_array(&self) -> bool {
        self.0.has_keyword("array")
    }

    /// The members of the object: each value is `items`, `total`, `page`, `next_cursor`, `has_more` and such.
    pub fn object(&self) -> Option<Object> {
        self.0.child()
    }
}

/// Clauses that are a list of fields.
macro_rules! field_lists {
    ($($View:ident),*) => {$(
        impl $View {
            /// The fields or relations.
            pub fn paths(&self) -> impl Iterator<Item = Path> + use<> {
                self.0.children()
            }
        }
    )*};
}
field_lists!(Accept, Include, Hide, Fields);

impl Status {
    /// The status.
    pub fn code(&self) -> Option<Number> {
        self.0.child()
    }
}

impl Answer {
    /// The body.
    pub fn body(&self) -> Option<Cond> {
        self.0.child()
    }

    /// The body, if it is an object.
    pub fn object(&self) -> Option<Object> {
        self.0.child()
    }
}

impl Cache {
    /// For how long.
    pub fn duration(&self) -> Option<Duration> {
        self.0.child()
    }

    /// Whether caches between may keep it.
    pub fn is_public(&self) -> bool {
        self.0.has_keyword("public")
    }
}

impl Limit {
    /// How often.
    pub fn rate(&self) -> Option<Rate> {
        self.0.child()
    }
}

impl Input {
    /// Its name in the body.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// Its type.
    pub fn ty(&self) -> Option<Type> {
        self.0.child()
    }

    /// What follows the type.
    pub fn modifiers(&self) -> impl Iterator<Item = Modifier> + use<> {
        self.0.children()
    }
}

impl Move {
    /// The states before.
    pub fn from(&self) -> impl Iterator<Item = Name> + use<> {
        let to = self.0.keyword("to").map(|token| token.text_range().start());
        self.0
            .children()
            .filter(move |name: &Name| to.is_none_or(|to| name.syntax().text_range().end() <= to))
    }

    /// The state after.
    pub fn to(&self) -> Option<Name> {
        self.0.after("to")
    }
}

impl Set {
    /// The assignments.
    pub fn assignments(&self) -> impl Iterator<Item = Assignment> + use<> {
        self.0.children()
    }
}

impl Assignment {
    /// What is set.
    pub fn path(&self) -> Option<Path> {
        self.0.child()
    }

    /// What it becomes; also a condition, as in `set done = not done`.
    pub fn value(&self) -> Option<Cond> {
        self.0.after_token(SyntaxKind::EQ)
    }
}

impl Find {
    /// The field.
    pub fn by(&self) -> Option<Name> {
        self.0.child()
    }
}

impl CreateRow {
    /// What is made.
    pub fn entity(&self) -> Option<Path> {
        self.0.child()
    }

    /// With which values.
    pub fn values(&self) -> Option<Object> {
        self.0.child()
    }
}

impl ErrorClause {
    /// The kind of error.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// The status.
    pub fn status(&self) -> Option<Number> {
        self.0.child()
    }

    /// When it is answered.
    pub fn when(&self) -> Option<Cond> {
        access::when(&self.0)
    }
}

impl Handled {
    /// The function, `module:function`.
    pub fn by(&self) -> Option<StringLit> {
        self.0.child()
    }
}
