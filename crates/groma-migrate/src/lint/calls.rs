//! What a statement sets off besides what it says: functions that it calls, and what the same text has hung up to be set
//! off.

use std::collections::BTreeSet;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::Ground;
use super::ground::Function;
use super::statement::{Statement, name_of, words};

/// What a text has made so far that runs code.
#[derive(Debug, Default)]
pub(super) struct Calls {
    functions: BTreeSet<String>,
    /// Whether writing a row may set something off.
    is_armed: bool,
}

/// Functions of the databases that write to no table: the usual ones. Another one is taken for code that may, unless the
/// database knows better.
const HARMLESS: &str = "abs age all any array array_agg array_append array_cat array_length array_position \
    array_prepend array_remove array_replace array_to_string ascii avg bit_and bit_or bool_and bool_or btrim cardinality \
    cast ceil ceiling changes char_length character_length chr clock_timestamp coalesce concat concat_ws count cume_dist \
    current_schema current_setting currval date date_bin date_part date_trunc datetime decode dense_rank digest encode \
    every exists exp extract first_value floor format gen_random_bytes gen_random_uuid generate_series greatest \
    group_concat grouping hashtext hex ifnull iif initcap instr json json_agg json_array json_array_elements \
    json_array_elements_text json_array_length json_build_array json_build_object json_each json_each_text json_extract \
    json_group_array json_group_object json_insert json_object json_object_agg json_remove json_replace json_set \
    json_type json_typeof json_valid jsonb_agg jsonb_array_elements jsonb_array_elements_text jsonb_array_length \
    jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_insert jsonb_object jsonb_object_agg \
    jsonb_object_keys jsonb_path_query jsonb_path_query_first jsonb_set jsonb_strip_nulls jsonb_to_recordset \
    jsonb_typeof julianday lag last_insert_rowid last_value lastval lead least left length ln log lower lpad ltrim \
    make_date make_interval make_time make_timestamp make_timestamptz max md5 min mod nextval now ntile nullif \
    octet_length overlay percent_rank pg_advisory_lock pg_advisory_unlock pg_advisory_xact_lock \
    pg_get_serial_sequence pg_sleep pg_typeof plainto_tsquery position power printf quote quote_ident quote_literal \
    random randomblob rank regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table repeat \
    replace reverse right round row row_number row_to_json rpad rtrim setval setweight sha256 sign similarity \
    some split_part sqrt statement_timestamp strftime string_agg string_to_array strpos substr substring sum time \
    timezone to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector total \
    transaction_timestamp translate trim trunc typeof unaccent unhex unixepoch unnest upper uuid_generate_v4 uuidv7 \
    xmlelement";

impl Calls {
    /// What a statement may set off of which nobody knows what it does.
    pub(super) fn of(&self, statement: &Statement, ground: &Ground) -> Option<&'static str> {
        if is_hung_up(&statement.tree) {
            return None;
        }
        let tree = statement.tree.syntax();
        if words(tree).iter().any(|word| self.functions.contains(word)) {
            return Some("it runs a function that is made here, and that may throw anything away");
        }
        if self.is_armed && writes(&statement.tree) {
            return Some(
                "it may set off a trigger or a rule that is made here, and that may throw anything away",
            );
        }
        let mut nodes = tree
            .descendants()
            .filter(|node| runs_now(&statement.tree) || is_in_new_column(node));
        let is_unknown = nodes.any(|node| {
            let is_call =
                ast::CallExpr::can_cast(node.kind()) || ast::FunctionFromItem::can_cast(node.kind());
            is_call && !is_harmless(&words(&node), ground)
        });
        is_unknown.then_some("it runs a function that nobody looks into, and that may throw anything away")
    }

    /// Takes note of a statement.
    pub(super) fn remember(&mut self, statement: &Statement) {
        match &statement.tree {
            ast::Stmt::CreateFunction(function) => {
                self.functions
                    .extend(function.name().map(|name| name_of(name.syntax())));
                // Triggers that were there may run it.
                self.is_armed |= function.or_replace().is_some();
            }
            ast::Stmt::CreateTrigger(_) | ast::Stmt::CreateRule(_) | ast::Stmt::CreateEventTrigger(_) => {
                self.is_armed = true;
            }
            ast::Stmt::AlterTable(alter) => {
                self.is_armed |= alter.actions().any(|action| is_switched_on(&action));
            }
            ast::Stmt::CreateView(view) => {
                let mentions = words(view.syntax())
                    .iter()
                    .any(|word| self.functions.contains(word));
                let name = view.view().filter(|_| mentions);
                self.functions.extend(name.map(|name| name_of(name.syntax())));
            }
            _ => {}
        }
    }
}

fn is_switched_on(action: &ast::AlterTableAction) -> bool {
    matches!(
        action,
        ast::AlterTableAction::EnableTrigger(_)
            | ast::AlterTableAction::EnableAlwaysTrigger(_)
            | ast::AlterTableAction::EnableReplicaTrigger(_)
            | ast::AlterTableAction::EnableRule(_)
            | ast::AlterTableAction::EnableAlwaysRule(_)
            | ast::AlterTableAction::EnableReplicaRule(_)
    )
}

/// Whether it names functions, and runs none of them.
fn is_hung_up(tree: &ast::Stmt) -> bool {
    matches!(
        tree,
        ast::Stmt::AlterFunction(_)
            | ast::Stmt::CommentOn(_)
            | ast::Stmt::CreateEventTrigger(_)
            | ast::Stmt::CreateFunction(_)
            | ast::Stmt::CreatePolicy(_)
            | ast::Stmt::CreateProcedure(_)
            | ast::Stmt::CreateRule(_)
            | ast::Stmt::CreateTrigger(_)
            | ast::Stmt::CreateView(_)
            | ast::Stmt::DropFunction(_)
            | ast::Stmt::Grant(_)
            | ast::Stmt::Prepare(_)
            | ast::Stmt::Revoke(_)
    )
}

fn writes(tree: &ast::Stmt) -> bool {
    let mut nodes = tree.syntax().descendants();
    matches!(tree, ast::Stmt::Copy(_) | ast::Stmt::Truncate(_))
        || nodes.any(|node| {
            ast::Insert::can_cast(node.kind())
                || ast::Update::can_cast(node.kind())
                || ast::Delete::can_cast(node.kind())
                || ast::Merge::can_cast(node.kind())
        })
}

/// Whether its expressions are worked out while it runs, for rows that are there.
fn runs_now(tree: &ast::Stmt) -> bool {
    matches!(
        tree,
        ast::Stmt::CompoundSelect(_)
            | ast::Stmt::Copy(_)
            | ast::Stmt::CreateMaterializedView(_)
            | ast::Stmt::CreateTableAs(_)
            | ast::Stmt::Declare(_)
            | ast::Stmt::Delete(_)
            | ast::Stmt::Explain(_)
            | ast::Stmt::Insert(_)
            | ast::Stmt::Merge(_)
            | ast::Stmt::ParenSelect(_)
            | ast::Stmt::Select(_)
            | ast::Stmt::SelectInto(_)
            | ast::Stmt::Update(_)
            | ast::Stmt::Values(_)
    )
}

/// Whether it is worked out for rows that are there because they get a new column.
fn is_in_new_column(node: &SyntaxNode) -> bool {
    node.ancestors()
        .any(|node| ast::AddColumn::can_cast(node.kind()) || ast::SetType::can_cast(node.kind()))
}

/// Whether a call is one of a usual function, by the words that it begins with.
fn is_harmless(words: &[String], ground: &Ground) -> bool {
    let words = match words {
        [first, rest @ ..] if first == "lateral" => rest,
        all => all,
    };
    let is_usual = |name: &String| HARMLESS.split_whitespace().any(|known| known == name);
    let is_listed = |name: &String| match ground.functions.get(name) {
        Some(Function::Reads) => true,
        Some(Function::Runs) => false,
        Some(Function::BuiltIn) | None => is_usual(name),
    };
    match words {
        [schema, dot, name, open, ..] if schema == "pg_catalog" && dot == "." && open == "(" => {
            is_listed(name)
        }
        [name, open, ..] if open == "(" || open == "[" => is_listed(name),
        // What takes no parenthesis behind its name is a word of the language: `COLLATION FOR (..)`.
        [name, ..] => is_listed(name) || !words.iter().any(|word| word == "("),
        [] => true,
    }
}
