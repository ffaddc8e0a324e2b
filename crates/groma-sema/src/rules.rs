//! The rules of this room: a file each, with its manual page, what finds it and what phrases it.
//!
//! Some are found while resolving, where a name or a type does not fit; the others look at the resolved design.

pub(crate) mod accepts_server_field;
pub(crate) mod action_move;
pub(crate) mod ambiguous_who;
pub(crate) mod bad_algorithm;
pub(crate) mod bad_default;
pub(crate) mod bad_measure;
pub(crate) mod bad_page;
pub(crate) mod bad_path;
pub(crate) mod bad_pattern;
pub(crate) mod bad_setting;
pub(crate) mod bad_status;
pub(crate) mod bad_type;
pub(crate) mod by_field;
pub(crate) mod contradiction;
pub(crate) mod cors_any;
pub(crate) mod declared_twice;
pub(crate) mod empty_hole;
pub(crate) mod external_written;
pub(crate) mod idle_action;
pub(crate) mod idle_condition;
pub(crate) mod key_type;
pub(crate) mod list_without_via;
pub(crate) mod long_name;
pub(crate) mod misplaced_clause;
pub(crate) mod misplaced_modifier;
pub(crate) mod missing_key;
pub(crate) mod name_clash;
pub(crate) mod no_auth;
pub(crate) mod not_here;
pub(crate) mod on_delete;
pub(crate) mod page;
pub(crate) mod relation_in_condition;
pub(crate) mod reserved_name;
pub(crate) mod said_twice;
pub(crate) mod set_field;
pub(crate) mod token_keys;
pub(crate) mod type_mismatch;
pub(crate) mod unknown_name;
pub(crate) mod unknown_variant;
pub(crate) mod unsupported;
pub(crate) mod verb_fields;
pub(crate) mod who_path;
pub(crate) mod wrong_field;

use std::sync::LazyLock;

use groma_diag::{Diagnostic, RuleInfo};

use crate::resolve::Resolved;

/// Every rule of this room, by number.
static RULES: &[&RuleInfo] = &[
    &unknown_name::UNKNOWN_NAME,
    &declared_twice::DECLARED_TWICE,
    &ambiguous_who::AMBIGUOUS_WHO,
    &reserved_name::RESERVED_NAME,
    &name_clash::NAME_CLASH,
    &said_twice::SAID_TWICE,
    &misplaced_clause::MISPLACED_CLAUSE,
    &misplaced_modifier::MISPLACED_MODIFIER,
    &contradiction::CONTRADICTION,
    &empty_hole::EMPTY_HOLE,
    &long_name::LONG_NAME,
    &unsupported::UNSUPPORTED,
    &list_without_via::LIST_WITHOUT_VIA,
    &list_without_via::VIA_ELSEWHERE,
    &on_delete::ON_DELETE_UNSAID,
    &on_delete::SET_NULL_ON_REQUIRED,
    &bad_type::BAD_TYPE,
    &bad_default::BAD_DEFAULT,
    &missing_key::MISSING_KEY,
    &missing_key::TWO_KEYS,
    &unknown_variant::UNKNOWN_VARIANT,
    &bad_pattern::BAD_PATTERN,
    &key_type::KEY_TYPE,
    &no_auth::NO_AUTH,
    &token_keys::KEYS_UNSAID,
    &bad_algorithm::BAD_ALGORITHM,
    &token_keys::BAD_KEYS,
    &bad_setting::BAD_SETTING,
    &type_mismatch::TYPE_MISMATCH,
    &relation_in_condition::RELATION_IN_CONDITION,
    &not_here::NOT_HERE,
    &who_path::WHO_PATH,
    &verb_fields::VERB_FIELDS,
    &idle_condition::IDLE_CONDITION,
    &bad_page::NO_LIMIT,
    &action_move::IMPOSSIBLE_MOVE,
    &cors_any::CORS_ANY,
    &bad_page::BAD_PAGE,
    &external_written::EXTERNAL_WRITTEN,
    &accepts_server_field::ACCEPTS_SERVER_FIELD,
    &by_field::BY_FIELD,
    &wrong_field::WRONG_FIELD,
    &set_field::SET_FIELD,
    &idle_action::IDLE_ACTION,
    &bad_status::BAD_STATUS,
    &action_move::UNCLEAR_MOVE,
    &bad_path::BAD_PATH,
    &bad_measure::BAD_MEASURE,
];

/// Everything that can be found, of the text as of the design, by number.
pub fn catalogue() -> &'static [RuleInfo] {
    static ALL: LazyLock<Vec<RuleInfo>> = LazyLock::new(|| {
        let both = groma_syntax::rules::RULES.iter().chain(RULES);
        let mut all: Vec<RuleInfo> = both.map(|rule| **rule).collect();
        all.sort_by_key(|rule| (rule.code.get(1..), rule.code));
        all
    });
    &ALL
}

/// What the rules find in a resolved design.
pub(crate) fn check(_resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    Vec::new()
}
