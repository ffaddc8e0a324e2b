//! The catalogue of what can be wrong with the text itself.

use groma_diag::{Level, RuleInfo};

/// Every rule of this room, by code.
pub static RULES: &[&RuleInfo] = &[
    &UNEXPECTED_TOKEN,
    &UNTERMINATED_STRING,
    &UNKNOWN_CHARACTER,
    &UNCLOSED_BRACE,
    &BAD_LITERAL,
    &NESTING_TOO_DEEP,
    &UNKNOWN_WORD,
    &FILE_TOO_LARGE,
    &MIXED_AND_OR,
    &CUT_FENCE,
    &FENCE_TAG,
    &IDLE_DOC_COMMENT,
];

macro_rules! rules {
    ($($KIND:ident $RULE:ident $code:literal $name:literal $summary:literal $explanation:literal)*) => {$(
        #[doc = $summary]
        pub static $RULE: RuleInfo = RuleInfo {
            code: $code,
            name: $name,
            level: Level::$KIND,
            since: "0.1",
            summary: $summary,
            explanation: $explanation,
        };
    )*};
}

rules! {
    Error UNEXPECTED_TOKEN "E001" "unexpected-token"
    "A line follows the grammar of its place."
    "## Why\nThe reader stops at the first word that cannot stand where it stands, skips the rest of the line and goes on with the next one, so one slip is one error.\n\n## Bad\nentity Note {\n  id: uuid key\n  title text(1..200)\n}\n\n## Good\nentity Note {\n  id: uuid key\n  title: text(1..200)\n}\n"

    Error UNTERMINATED_STRING "E002" "unterminated-string"
    "A quoted text or pattern ends on the line on which it begins."
    "## Why\nWithout the closing quote the rest of the line would silently become text.\n\n## Bad\nservice Notes {\n  title \"My notes\n}\n\n## Good\nservice Notes {\n  title \"My notes\"\n}\n"

    Error UNKNOWN_CHARACTER "E003" "unknown-character"
    "Only the characters of the language stand outside comments and quoted text."
    "## Why\nNames end up in table columns, JSON members and program text, so they are ASCII letters, digits and `_`. Conditions use the words `and`, `or`, `not`.\n\n## Bad\nentity Note {\n  id: uuid key\n  price: decimal(10, 2) @\n}\n\n## Good\nentity Note {\n  id: uuid key\n  price: decimal(10, 2)\n}\n"

    Error UNCLOSED_BRACE "E004" "unclosed-brace"
    "Every `{` has its `}`."
    "## Why\nWithout the closing brace what follows would belong to the wrong declaration.\n\n## Bad\nentity Note {\n  id: uuid key\n\n## Good\nentity Note {\n  id: uuid key\n}\n"

    Error BAD_LITERAL "E005" "bad-literal"
    "A number, date, time, duration, size or escape has a form that exists."
    "## Why\nDurations are whole numbers with `s`, `m`, `h`, `d` or `w`, sizes end in `B`, `KB`, `MB` or `GB`, dates are days of the calendar, and texts know the escapes `\\\\\"`, `\\\\\\\\`, `\\\\n` and `\\\\t`.\n\n## Bad\nentity Token {\n  id: uuid key\n  expires: datetime = now + 7days readonly\n}\n\n## Good\nentity Token {\n  id: uuid key\n  expires: datetime = now + 7d readonly\n}\n"

    Error NESTING_TOO_DEEP "E006" "nesting-too-deep"
    "Parentheses, lists and objects nest at most 64 levels deep."
    "## Why\nNobody reads such a condition, and reading it must not exhaust the program's stack.\n\n## Bad\nentity Note {\n  id: uuid key\n  check ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((id != none))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))\n}\n\n## Good\nentity Note {\n  id: uuid key\n  check (id != none)\n}\n"

    Error UNKNOWN_WORD "E007" "unknown-word"
    "A declaration, clause, setting or modifier is one that the language has."
    "## Why\nA word that nothing understands would be a wish that nobody fulfils.\n\n## Bad\nentity Note {\n  id: uuid key\n  email: email uniqe\n}\n\n## Good\nentity Note {\n  id: uuid key\n  email: email unique\n}\n"

    Error FILE_TOO_LARGE "E008" "file-too-large"
    "A source file has at most 64 MB."
    "## Why\nPlaces in a file are kept in 32 bits, and no person writes such a file.\n"

    Error MIXED_AND_OR "E012" "mixed-and-or"
    "`and` and `or` are not mixed without parentheses."
    "## Why\nWhich of the two binds tighter is remembered wrongly often enough, and in a rule such a slip is a security hole.\n\n## Bad\naccess Note {\n  allow read to everyone when open and not hidden or pinned\n}\n\n## Good\naccess Note {\n  allow read to everyone when (open and not hidden) or pinned\n}\n"

    Error CUT_FENCE "E024" "cut-fence"
    "A fence is closed, and holds whole declarations."
    "## Why\nAn open fence swallows the prose behind it, and a declaration that goes on in the next fence could be torn apart by anyone who moves a paragraph.\n\n## Bad\n```groma\nentity Note {\n  id: uuid key\n```\n\nand its text:\n\n```groma\n  title: text(1..200)\n}\n```\n\n## Good\n```groma\nentity Note {\n  id: uuid key\n  title: text(1..200)\n}\n```\n"

    Warning FENCE_TAG "W025" "fence-tag"
    "A fence that looks meant for the checker has the tag `groma`."
    "## Why\nA fence with any other tag is prose: its declarations would be missing without a word.\n\n## Bad\n```gromma\nenum Status { open, done }\n```\n\n## Good\n```groma\nenum Status { open, done }\n```\n"

    Warning IDLE_DOC_COMMENT "W027" "idle-doc-comment"
    "A `##` comment describes the member or declaration that follows it."
    "## Why\nThe text is meant for the API reference and the database, and would appear in neither.\n\n## Bad\nentity Note {\n  id: uuid key\n  ## The end.\n}\n\n## Good\nentity Note {\n  ## Made by the server.\n  id: uuid key\n}\n"
}
