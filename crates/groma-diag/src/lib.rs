//! Sources, ranges, the diagnostic, its edits and its renderers.
//!
//! Knows text and places. Does not know the design language: what is wrong with a design is said by the rooms
//! that read it, in the terms of this one.

mod diagnostic;
mod edit;
mod nearest;
pub mod render;
mod rule;
mod source;

pub use diagnostic::{Diagnostic, Fix, Label, Level, QuestionOption};
pub use edit::{Applied, Edit, FixPlan, apply, safe_fixes};
pub use nearest::{is_slip, nearest, only_slip};
pub use rule::RuleInfo;
pub use source::{FileId, LineColumn, Source, Sources, Span};

#[cfg(test)]
mod tests;
