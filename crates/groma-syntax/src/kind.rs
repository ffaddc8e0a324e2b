//! The kinds of tokens and nodes in the lossless tree, and the tree's types.

/// Declares the kinds once, so that the way back from the number is a table and not a cast.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident,)*) => {
        /// What a token or node of the tree is.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[expect(non_camel_case_types, reason = "rowan's own convention for kinds of syntax")]
        #[repr(u16)]
        pub enum SyntaxKind {
            $($(#[$doc])* $kind,)*
        }

        /// Every kind, at the place of its number.
        const ALL: &[SyntaxKind] = &[$(SyntaxKind::$kind,)*];
    };
}

kinds! {
    // ---- trivia: kept, without meaning for the parser
    /// Markdown outside fences, and the fence lines themselves.
    PROSE,
    /// The paragraph right before a fence: the description of its first declaration.
    PARAGRAPH,
    /// What stands before a line of a fence that is indented or quoted.
    PREFIX,
    /// Blanks and tabs.
    WHITESPACE,
    /// The end of a line.
    NEWLINE,
    /// `# ...`.
    COMMENT,
    /// `## ...`, describes what follows.
    DOC_COMMENT,

    // ---- tokens
    /// A word that is a name.
    IDENT,
    /// A word that the grammar gave a meaning at this place.
    KEYWORD,
    /// `42`.
    INT,
    /// `4.2`.
    DECIMAL,
    /// `7d`.
    DURATION,
    /// `256KB`.
    SIZE,
    /// `2026-11-21`.
    DATE,
    /// `09:30`.
    TIME,
    /// `2026-11-21T09:30:00Z`.
    DATETIME,
    /// `"text"`.
    STRING,
    /// `/[a-z]+/`, after `matches`.
    REGEX,
    /// `{`.
    L_BRACE,
    /// `}`.
    R_BRACE,
    /// `(`.
    L_PAREN,
    /// `)`.
    R_PAREN,
    /// `[`.
    L_BRACKET,
    /// `]`.
    R_BRACKET,
    /// `,`.
    COMMA,
    /// `;`.
    SEMICOLON,
    /// `:`.
    COLON,
    /// `.`.
    DOT,
    /// `..`.
    DOT_DOT,
    /// `?`.
    QUESTION_MARK,
    /// `=`.
    EQ,
    /// `==`.
    EQ_EQ,
    /// `!=`.
    NOT_EQ,
    /// `<`.
    LESS,
    /// `<=`.
    LESS_EQ,
    /// `>`.
    GREATER,
    /// `>=`.
    GREATER_EQ,
    /// `->`.
    ARROW,
    /// `+`.
    PLUS,
    /// `-`.
    MINUS,
    /// `*`.
    STAR,
    /// `/`.
    SLASH,
    /// Characters that no token starts with.
    UNKNOWN,
    /// The end of an island; never in a tree.
    END,

    // ---- nodes
    /// A whole file.
    FILE,
    /// A fence, or all of a plain file.
    ISLAND,
    /// Tokens that fit nowhere.
    ERROR,

    /// A name.
    NAME,
    /// Names joined by dots.
    PATH,
    /// Paths joined by commas, a `-` allowed before each.
    PATH_LIST,
    /// One of them with its `-`.
    SORT_KEY,
    /// Names joined by commas.
    NAME_LIST,
    /// `a < b < c`.
    LEVELS,
    /// `/projects/{project}/tasks`.
    ROUTE,
    /// One `/segment`.
    SEGMENT,
    /// `TBD(provisional)`.
    HOLE,
    /// Words such as `set null`.
    WORDS,

    /// `service Name { .. }`.
    SERVICE,
    /// `title "..."`, `version "..."`, `description "..."`.
    TEXT_SETTING,
    /// `base /api`.
    BASE,
    /// `cors ..`, `limits ..`, `errors ..`.
    SETTING_GROUP,
    /// One `name values` of a group or of `auth`.
    SETTING,
    /// `denied 404 when unreadable`.
    DENIED,
    /// `json camel`.
    JSON_STYLE,
    /// `env NAME`.
    ENV,
    /// `120/min per caller`.
    RATE,
    /// `*`, any.
    ANY,

    /// `auth { .. }`.
    AUTH,
    /// `caller User from claim sub`.
    CALLER_CLAUSE,
    /// `roles a < b from claim role`.
    ROLES,
    /// `claims x: type from claim y, ..`.
    CLAIMS,
    /// One of them.
    CLAIM,
    /// `from claim name`, `from column name`.
    ORIGIN,

    /// `enum Name { .. }`.
    ENUM,
    /// One value of it.
    ENUM_VALUE,

    /// `entity Name { .. }`, `tenant Name { .. }`.
    ENTITY,
    /// `external table "name"`.
    EXTERNAL,
    /// `table "name"`.
    TABLE,
    /// `name: type ..`.
    FIELD,
    /// A type.
    TYPE,
    /// `(1..200)`, `(10, 2)`.
    TYPE_ARGS,
    /// `1..200`.
    RANGE,
    /// `= term`.
    DEFAULT,
    /// `key`, `unique`, `readonly`, `writeonly`, `internal`, `trim`, `unindexed`.
    FLAG,
    /// `matches /re/`.
    MATCHES,
    /// `on delete ..`.
    ON_DELETE,
    /// `on update ..`.
    ON_UPDATE,
    /// `column "name"`.
    COLUMN,
    /// `was old_name`, `was "old_column"`.
    WAS,
    /// `shared with User as view < edit`.
    SHARED,
    /// `timestamps`.
    TIMESTAMPS,
    /// `members User as a < b, at least 1 b`.
    MEMBERS,
    /// `states field { .. }`.
    STATES,
    /// `a -> b, c`.
    TRANSITION,
    /// `unique a, b`.
    UNIQUE,
    /// `index a, b`.
    INDEX,
    /// `check cond`.
    CHECK,

    /// `access Path { .. }`.
    ACCESS,
    /// `allow ..`, `deny ..`, `guarantee ..`.
    RULE,
    /// `update(field)`.
    VERB,
    /// The list after `to` or `only`.
    WHOS,
    /// `except who, ..`.
    EXCEPT,
    /// `can verb path`.
    CAN,
    /// `when cond`.
    WHEN,

    /// `resource /path for Entity { .. }`.
    RESOURCE,
    /// `create, update { .. }`.
    OPERATIONS,
    /// `action name { .. }`.
    ACTION,
    /// `report name { .. }`.
    REPORT,
    /// `total: count`.
    MEASURE,
    /// `at POST /path`.
    AT,
    /// `{ .. }` of an operation, action or report.
    BLOCK,

    /// `filter a, b`.
    FILTER,
    /// One of them, maybe with cases.
    FILTER_ITEM,
    /// `open when cond`.
    FILTER_CASE,
    /// `search a, b`.
    SEARCH,
    /// `sort -a, b`.
    SORT,
    /// `page cursor 20 max 100`.
    PAGE,
    /// `as array`, `as { .. }`.
    SHAPE,
    /// `as name`, `order as name`.
    PARAMETER_NAME,
    /// `accept a, b`.
    ACCEPT,
    /// `include a, b`.
    INCLUDE,
    /// `hide a, b`.
    HIDE,
    /// `fields a, b`.
    FIELDS,
    /// `status 200`.
    STATUS,
    /// `answer { .. }`.
    ANSWER,
    /// `cache 5m public`.
    CACHE,
    /// `limit 10/min per caller`.
    LIMIT,
    /// `public`.
    PUBLIC,
    /// `input x: type, ..`.
    INPUT,
    /// `from a, b to c`.
    MOVE,
    /// `set a = term, ..`.
    SET,
    /// One of them.
    ASSIGNMENT,
    /// `find by name`.
    FIND,
    /// `create Path { .. }` in an action.
    CREATE_ROW,
    /// `error name 410 when cond`.
    ERROR_CLAUSE,
    /// `handled by "module:function"`.
    HANDLED,

    /// `question ".." affects X default y`.
    QUESTION,
    /// `decision X = y over z because ".." on date`.
    DECISION,
    /// The answer of a question or decision.
    ANSWER_VALUE,

    /// `a or b`.
    OR,
    /// `a and b`.
    AND,
    /// `not a`.
    NOT,
    /// `a == b`.
    COMPARE,
    /// `a in (b, c)`.
    IN,
    /// `(a)`.
    PAREN,
    /// `a + b - c`.
    ARITHMETIC,
    /// `-a`.
    NEGATIVE,
    /// `count(a)`.
    CALL,
    /// `[a, b]`, and `(a, b)` after `in`.
    LIST,
    /// `{ a: b }`.
    OBJECT,
    /// One `a: b` of it.
    PAIR,
    /// A number as a term.
    NUMBER_TERM,
    /// A text as a term.
    STRING_TERM,
    /// `true`, `false`.
    BOOL_TERM,
    /// A date, time or both as a term.
    DATE_TERM,
    /// A duration as a term.
    DURATION_TERM,
    /// A size as a term.
    SIZE_TERM,
    /// `now`.
    NOW_TERM,
    /// `none`.
    NONE_TERM,
    /// `caller`.
    CALLER_TERM,
}

impl SyntaxKind {
    /// Whether the parser passes over it.
    pub fn is_trivia(self) -> bool {
        self <= SyntaxKind::DOC_COMMENT
    }

    /// Whether it is a comment of either kind.
    pub fn is_comment(self) -> bool {
        matches!(self, SyntaxKind::COMMENT | SyntaxKind::DOC_COMMENT)
    }
}

/// The language of the tree, for rowan.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Groma {}

impl rowan::Language for Groma {
    type Kind = SyntaxKind;

    fn kind_from_raw(raw: rowan::SyntaxKind) -> SyntaxKind {
        ALL.get(usize::from(raw.0)).copied().unwrap_or(SyntaxKind::ERROR)
    }

    fn kind_to_raw(kind: SyntaxKind) -> rowan::SyntaxKind {
        rowan::SyntaxKind(kind as u16)
    }
}

/// A node of the tree.
pub type SyntaxNode = rowan::SyntaxNode<Groma>;
/// A token of the tree.
pub type SyntaxToken = rowan::SyntaxToken<Groma>;
/// Either of them.
pub type SyntaxElement = rowan::SyntaxElement<Groma>;
