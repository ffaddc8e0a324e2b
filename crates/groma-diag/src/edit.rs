//! Changes of a text, and which of them may be made together.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Diagnostic, FileId, Fix, Span};

/// Replaces a range by a text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Edit {
    /// What goes; empty to insert only.
    pub span: Span,
    /// What comes; empty to delete only.
    pub insert: String,
}

impl Edit {
    /// Puts `text` in place of a range.
    pub fn replace(span: Span, text: impl Into<String>) -> Edit {
        Edit {
            span,
            insert: text.into(),
        }
    }

    /// Puts `text` in front of a range.
    pub fn before(span: Span, text: impl Into<String>) -> Edit {
        Edit::replace(span.before(), text)
    }

    /// Puts `text` behind a range.
    pub fn after(span: Span, text: impl Into<String>) -> Edit {
        Edit::replace(span.after(), text)
    }

    /// Takes a range away.
    pub fn delete(span: Span) -> Edit {
        Edit::replace(span, "")
    }

    /// Two edits collide when they share a byte, or insert at the same point.
    fn collides(&self, other: &Edit) -> bool {
        let (a, b) = (self.span, other.span);
        a.file == b.file && (a.start < b.end && b.start < a.end || a.start == b.start || self.inside(other))
    }

    /// An insertion strictly inside what the other one replaces, either way round.
    fn inside(&self, other: &Edit) -> bool {
        let strictly = |point: Span, range: Span| {
            point.is_empty() && range.start < point.start && point.start < range.end
        };
        strictly(self.span, other.span) || strictly(other.span, self.span)
    }
}

/// What [`apply`] made of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// The text with the edits made.
    pub text: String,
    /// Edits that were left out: they collide with an earlier one or do not fit the text.
    pub skipped: Vec<Edit>,
}

/// Makes the edits of one file, by place; of two that collide the one that stands first wins, then the shorter.
pub fn apply(text: &str, edits: &[Edit]) -> Applied {
    let sorted: BTreeSet<&Edit> = edits.iter().collect();
    let mut out = Applied {
        text: String::with_capacity(text.len()),
        skipped: Vec::new(),
    };
    let mut last: Option<&Edit> = None;
    let mut done = 0;
    for edit in sorted {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        let fits = text.get(start..end).is_some() && !last.is_some_and(|last| last.collides(edit));
        let Some(kept) = text.get(done..start).filter(|_| fits) else {
            out.skipped.push(edit.clone());
            continue;
        };
        out.text.push_str(kept);
        out.text.push_str(&edit.insert);
        done = end;
        last = Some(edit);
    }
    out.text.push_str(text.get(done..).unwrap_or_default());
    out
}

/// The fixes that can be made in one go.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct FixPlan {
    /// The edits of each file, none of which collide.
    pub edits: BTreeMap<FileId, Vec<Edit>>,
    /// How many fixes they amount to.
    pub fixes: usize,
    /// How many safe fixes must wait for the next run, because they collide with these.
    pub postponed: usize,
}

/// The first safe fix of each finding, as far as they do not collide, in the order of the findings.
pub fn safe_fixes(diagnostics: &[Diagnostic]) -> FixPlan {
    let mut plan = FixPlan::default();
    let mut taken: BTreeSet<Edit> = BTreeSet::new();
    for fix in diagnostics
        .iter()
        .filter_map(|found| found.fixes.iter().find(|fix| fix.safe))
    {
        if is_free(fix, &taken) {
            taken.extend(fix.edits.iter().cloned());
            plan.fixes += 1;
        } else {
            plan.postponed += 1;
        }
    }
    for edit in taken {
        plan.edits.entry(edit.span.file).or_default().push(edit);
    }
    plan
}

/// Whether a fix can be made beside those taken; one that is made already counts as free.
fn is_free(fix: &Fix, taken: &BTreeSet<Edit>) -> bool {
    fix.edits.iter().all(|edit| {
        let upto = Edit::replace(Span::at(edit.span.file, edit.span.end), "\u{10FFFF}");
        // Edits that are taken never overlap, so the last few that start before this one's end are all that can.
        let near = taken
            .range(..=upto)
            .rev()
            .take_while(|other| other.span.file == edit.span.file)
            .take(4);
        taken.contains(edit) || !near.into_iter().any(|other| other.collides(edit))
    })
}
