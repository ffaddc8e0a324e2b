//! The rules of this room: a file each, with its manual page, what finds it and what phrases it.
//!
//! Some are found while resolving, where a name or a type does not fit; the others look at the resolved design.

pub(crate) mod accepted_access_field;
pub(crate) mod accepts_server_field;
pub(crate) mod action_move;
pub(crate) mod action_path;
pub(crate) mod ambiguous_who;
pub(crate) mod bad_algorithm;
pub(crate) mod bad_default;
pub(crate) mod bad_link;
pub(crate) mod bad_measure;
pub(crate) mod bad_page;
pub(crate) mod bad_path;
pub(crate) mod bad_pattern;
pub(crate) mod bad_setting;
pub(crate) mod bad_status;
pub(crate) mod bad_type;
pub(crate) mod broken_guarantee;
pub(crate) mod by_field;
pub(crate) mod caller_in_path;
pub(crate) mod can_cycle;
pub(crate) mod cans;
mod chosen_right;
pub(crate) mod claimed_transition;
pub(crate) mod concurrent_edits;
pub(crate) mod contradiction;
pub(crate) mod cors_any;
pub(crate) mod covered_rule;
pub(crate) mod create_lacks;
mod created_state;
pub(crate) mod dead_state;
pub(crate) mod declared_twice;
pub(crate) mod empty_enum;
pub(crate) mod empty_hole;
pub(crate) mod external_written;
pub(crate) mod find_by;
mod gains;
pub(crate) mod guarded_field;
mod guessed_row;
pub(crate) mod hidden_filter;
pub(crate) mod hidden_row;
pub(crate) mod idle_action;
pub(crate) mod idle_condition;
mod idle_except;
pub(crate) mod idle_rule;
pub(crate) mod idle_verb_field;
pub(crate) mod key_type;
pub(crate) mod list_without_via;
pub(crate) mod long_name;
pub(crate) mod long_sort;
pub(crate) mod loose_level;
pub(crate) mod loose_pattern;
pub(crate) mod misplaced_clause;
pub(crate) mod misplaced_modifier;
pub(crate) mod missing_key;
pub(crate) mod money_as_float;
pub(crate) mod name_clash;
pub(crate) mod no_auth;
pub(crate) mod no_first_row;
pub(crate) mod no_index;
pub(crate) mod no_maximum;
pub(crate) mod nobodys_field;
pub(crate) mod not_here;
pub(crate) mod on_delete;
pub(crate) mod on_delete_unseen;
pub(crate) mod open_points;
pub(crate) mod open_write;
pub(crate) mod page;
pub(crate) mod page_limit;
pub(crate) mod parameter_clash;
pub(crate) mod path_parent;
pub(crate) mod places;
pub(crate) mod private_field;
pub(crate) mod prose_name;
pub(crate) mod public_to_nobody;
pub(crate) mod public_write;
pub(crate) mod raised_level;
pub(crate) mod reach;
pub(crate) mod reference_target;
pub(crate) mod relation_in_condition;
pub(crate) mod renamed_twice;
pub(crate) mod reserved_name;
pub(crate) mod route_collision;
pub(crate) mod routes;
pub(crate) mod rules_too_large;
pub(crate) mod said_twice;
pub(crate) mod set_field;
pub(crate) mod shown_secret;
pub(crate) mod stale_decision;
pub(crate) mod still_there;
pub(crate) mod stuck_state;
pub(crate) mod token_checks;
pub(crate) mod token_keys;
mod told_field;
mod told_unique;
pub(crate) mod too_wide;
pub(crate) mod type_mismatch;
pub(crate) mod unguarded_parent;
pub(crate) mod unique_scope;
pub(crate) mod unknown_name;
pub(crate) mod unknown_variant;
pub(crate) mod unreachable_route;
pub(crate) mod unreached_row;
pub(crate) mod unread;
pub(crate) mod unread_create;
pub(crate) mod unread_write;
pub(crate) mod unreadable_include;
pub(crate) mod unsupported;
mod untold_error;
pub(crate) mod unused_input;
pub(crate) mod unverified_email;
pub(crate) mod validation_status;
pub(crate) mod verb_fields;
pub(crate) mod verb_without_rule;
pub(crate) mod views;
pub(crate) mod who_path;
pub(crate) mod wrong_field;

use std::sync::LazyLock;
use std::thread;

use groma_diag::{Diagnostic, RuleInfo};
use groma_ir::access::Access;

use crate::resolve::Resolved;
use views::Views;

/// Every rule of this room, by number.
pub(crate) static RULES: &[&RuleInfo] = &[
    &unknown_name::UNKNOWN_NAME,
    &declared_twice::DECLARED_TWICE,
    &reference_target::REFERENCE_TARGET,
    &prose_name::PROSE_NAME,
    &ambiguous_who::AMBIGUOUS_WHO,
    &reserved_name::RESERVED_NAME,
    &name_clash::NAME_CLASH,
    &said_twice::SAID_TWICE,
    &misplaced_clause::MISPLACED_CLAUSE,
    &misplaced_modifier::MISPLACED_MODIFIER,
    &contradiction::CONTRADICTION,
    &empty_hole::EMPTY_HOLE,
    &long_name::LONG_NAME,
    &unread::UNREAD,
    &unsupported::UNSUPPORTED,
    &list_without_via::LIST_WITHOUT_VIA,
    &list_without_via::VIA_ELSEWHERE,
    &on_delete::ON_DELETE_UNSAID,
    &on_delete::SET_NULL_ON_REQUIRED,
    &no_maximum::NO_MAXIMUM,
    &unique_scope::UNIQUE_SCOPE,
    &bad_type::BAD_TYPE,
    &money_as_float::MONEY_AS_FLOAT,
    &no_index::NO_INDEX,
    &bad_default::BAD_DEFAULT,
    &dead_state::DEAD_STATE,
    &missing_key::MISSING_KEY,
    &concurrent_edits::CONCURRENT_EDITS,
    &private_field::PRIVATE_FIELD,
    &missing_key::TWO_KEYS,
    &unknown_variant::UNKNOWN_VARIANT,
    &on_delete_unseen::ON_DELETE_UNSEEN,
    &bad_pattern::BAD_PATTERN,
    &key_type::KEY_TYPE,
    &empty_enum::EMPTY_ENUM,
    &no_first_row::NO_FIRST_ROW,
    &loose_pattern::LOOSE_PATTERN,
    &shown_secret::SHOWN_SECRET,
    &bad_link::BAD_LINK,
    &no_auth::NO_AUTH,
    &token_keys::KEYS_UNSAID,
    &token_checks::TOKEN_CHECKS,
    &bad_algorithm::BAD_ALGORITHM,
    &unverified_email::UNVERIFIED_EMAIL,
    &token_keys::BAD_KEYS,
    &caller_in_path::CALLER_IN_PATH,
    &bad_setting::BAD_SETTING,
    &unreachable_route::UNREACHABLE_ROUTE,
    &verb_without_rule::VERB_WITHOUT_RULE,
    &idle_rule::IDLE_RULE,
    &covered_rule::COVERED_RULE,
    &broken_guarantee::BROKEN_GUARANTEE,
    &idle_verb_field::IDLE_VERB_FIELD,
    &open_write::OPEN_WRITE,
    &public_to_nobody::PUBLIC_TO_NOBODY,
    &unread_write::UNREAD_WRITE,
    &unread_create::UNREAD_CREATE,
    &can_cycle::CAN_CYCLE,
    &accepted_access_field::ACCEPTED_ACCESS_FIELD,
    &unguarded_parent::UNGUARDED_PARENT,
    &unreached_row::UNREACHED_ROW,
    &loose_level::LOOSE_LEVEL,
    &idle_except::IDLE_EXCEPT,
    &raised_level::RAISED_LEVEL,
    &claimed_transition::CLAIMED_TRANSITION,
    &created_state::CREATED_STATE,
    &chosen_right::CHOSEN_RIGHT,
    &type_mismatch::TYPE_MISMATCH,
    &relation_in_condition::RELATION_IN_CONDITION,
    &not_here::NOT_HERE,
    &who_path::WHO_PATH,
    &verb_fields::VERB_FIELDS,
    &rules_too_large::RULES_TOO_LARGE,
    &idle_condition::IDLE_CONDITION,
    &guarded_field::GUARDED_FIELD,
    &told_field::TOLD_FIELD,
    &route_collision::ROUTE_COLLISION,
    &action_move::IMPOSSIBLE_MOVE,
    &cors_any::CORS_ANY,
    &hidden_filter::HIDDEN_FILTER,
    &public_write::PUBLIC_WRITE,
    &validation_status::VALIDATION_STATUS,
    &bad_page::NO_LIMIT,
    &bad_page::BAD_PAGE,
    &parameter_clash::PARAMETER_CLASH,
    &external_written::EXTERNAL_WRITTEN,
    &create_lacks::CREATE_LACKS,
    &accepts_server_field::ACCEPTS_SERVER_FIELD,
    &by_field::BY_FIELD,
    &wrong_field::WRONG_FIELD,
    &set_field::SET_FIELD,
    &idle_action::IDLE_ACTION,
    &bad_status::BAD_STATUS,
    &unused_input::UNUSED_INPUT,
    &action_move::UNCLEAR_MOVE,
    &bad_path::BAD_PATH,
    &bad_measure::BAD_MEASURE,
    &unreadable_include::UNREADABLE_INCLUDE,
    &hidden_row::HIDDEN_ROW,
    &path_parent::PATH_PARENT,
    &find_by::FIND_BY,
    &action_path::ACTION_PATH,
    &nobodys_field::NOBODYS_FIELD,
    &told_unique::TOLD_UNIQUE,
    &untold_error::UNTOLD_ERROR,
    &guessed_row::GUESSED_ROW,
    &stuck_state::STUCK_STATE,
    &long_sort::LONG_SORT,
    &open_points::DECISION_DISAGREES,
    &open_points::HOLE_LEFT,
    &stale_decision::STALE_DECISION,
    &open_points::OPEN_QUESTION,
    &still_there::STILL_THERE,
    &renamed_twice::RENAMED_TWICE,
];

/// What looks at the resolved design, in any order.
static CHECKS: &[fn(&Resolved<'_>) -> Vec<Diagnostic>] = &[
    caller_in_path::check,
    claimed_transition::check,
    created_state::check,
    create_lacks::check,
    dead_state::check,
    guarded_field::check,
    hidden_filter::check,
    hidden_row::check,
    idle_verb_field::check,
    long_sort::check,
    money_as_float::check,
    no_first_row::check,
    no_maximum::check,
    nobodys_field::check,
    on_delete_unseen::check,
    open_points::check,
    page_limit::check,
    parameter_clash::check,
    public_write::check,
    reference_target::check,
    stale_decision::check,
    token_checks::check,
    unique_scope::check,
    unused_input::check,
    unverified_email::check,
    validation_status::check,
    verb_without_rule::check,
];

/// What looks at what each verb comes down to as well.
static ACCESS_CHECKS: &[fn(&Resolved<'_>, &Access) -> Vec<Diagnostic>] = &[
    accepted_access_field::check,
    broken_guarantee::check,
    chosen_right::check,
    untold_error::check,
    guessed_row::check,
    stuck_state::check,
    concurrent_edits::check,
    idle_rule::check,
    loose_level::check,
    open_write::check,
    private_field::check,
    public_to_nobody::check,
    raised_level::check,
    shown_secret::check,
    told_field::check,
    told_unique::check,
    unguarded_parent::check,
    unreachable_route::check,
    unread_create::check,
    unread_write::check,
    unreadable_include::check,
    unreached_row::check,
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
pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let design = &resolved.design;
    thread::scope(|scope| {
        let views = scope.spawn(|| Views::of(design));
        let mut found: Vec<Diagnostic> = CHECKS.iter().flat_map(|check| check(resolved)).collect();
        let views = match views.join() {
            Ok(views) => views,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        if let Some(lowered) = &views.lowered {
            let access = &lowered.access;
            found.extend(ACCESS_CHECKS.iter().flat_map(|check| check(resolved, access)));
            found.extend(no_index::check(resolved, lowered));
        }
        found.extend(route_collision::check(resolved, &views.spots));
        found.extend(prose_name::check(resolved, &views.spots));
        found.extend(views.found);
        found
    })
}
