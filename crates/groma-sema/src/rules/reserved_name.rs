//! E028.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A word of the language is no name of a field, role, action or the like.
    ///
    /// ## Why
    /// In a rule or a condition the word already means something, so the thing of that name could never be spoken
    /// of, or a rule would mean something else than it says.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   new: bool = true
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   is_new: bool = true
    /// }
    Error RESERVED_NAME "E028" "reserved-name"
}

/// Words that mean something in every condition.
const IN_CONDITIONS: [&str; 10] = [
    "new", "caller", "now", "none", "true", "false", "and", "or", "not", "in",
];

/// Words that mean somebody in a rule.
const IN_RULES: [&str; 4] = ["everyone", "authenticated", "can", "TBD"];

/// Verbs and operations that exist without an action.
const OPERATIONS: [&str; 12] = [
    "create", "read", "update", "delete", "list", "replace", "share", "shares", "members", "all", "action",
    "report",
];

/// The types that the language brings.
pub(crate) const TYPES: [&str; 14] = [
    "text", "int", "float", "decimal", "bool", "uuid", "date", "time", "datetime", "email", "url", "slug",
    "json", "secret",
];

/// What is being named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// A field, an input or a claim.
    Member,
    /// A value of an enum.
    Variant,
    /// A role.
    Role,
    /// An action.
    Action,
    /// An entity or an enum.
    Type,
}

/// Whether the word cannot name such a thing.
pub(crate) fn is_reserved(name: &str, naming: Naming) -> bool {
    match naming {
        Naming::Member => {
            IN_CONDITIONS.contains(&name) || matches!(name, "everyone" | "authenticated" | "can")
        }
        Naming::Variant => IN_CONDITIONS.contains(&name),
        Naming::Role => IN_CONDITIONS.contains(&name) || IN_RULES.contains(&name),
        Naming::Action => OPERATIONS.contains(&name),
        Naming::Type => TYPES.contains(&name) || IN_CONDITIONS.contains(&name),
    }
}

pub(crate) fn reserved(span: Span, name: &str, naming: Naming) -> Diagnostic {
    let what = match naming {
        Naming::Member => "a member",
        Naming::Variant => "a value of an enum",
        Naming::Role => "a role",
        Naming::Action => "an action",
        Naming::Type => "an entity or an enum",
    };
    Diagnostic::new(
        &RESERVED_NAME,
        span,
        format!("`{name}` is a word of the language and cannot name {what}"),
    )
    .help("choose another name")
}
