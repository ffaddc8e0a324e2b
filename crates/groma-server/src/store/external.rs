//! What may stand in the place of a table that somebody else owns, in whatever database.

use super::SchemaDifference;

/// What is in the place of a table that somebody else owns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// A table, or a view, of theirs.
    Theirs {
        /// What does not fit the design.
        differences: Vec<SchemaDifference>,
        /// The columns that may be empty where the design says that they never are.
        loose: Vec<String>,
    },
    /// A stand-in that a development server made.
    StandIn {
        /// What does not fit the design.
        differences: Vec<SchemaDifference>,
        /// Whether it holds no rows.
        is_empty: bool,
    },
}
