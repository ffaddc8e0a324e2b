//! One JSON document with everything that a finding holds, for programs.

use serde::Serialize;

use super::Counts;
use crate::{Diagnostic, Edit, Fix, Label, QuestionOption, Sources, Span};

/// The number of the schema; it grows when a member goes or changes its meaning.
const VERSION: u32 = 1;

/// The findings as one pretty-printed document with a line end.
pub fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let document = Document {
        version: VERSION,
        diagnostics: diagnostics
            .iter()
            .map(|found| Finding::new(sources, found))
            .collect(),
        summary: Summary::new(Counts::of(diagnostics)),
    };
    super::pretty(&document)
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    diagnostics: Vec<Finding<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    questions: usize,
}

impl Summary {
    fn new(counts: Counts) -> Summary {
        Summary {
            errors: counts.errors,
            warnings: counts.warnings,
            questions: counts.questions,
        }
    }
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    name: &'a str,
    level: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    label: Option<&'a str>,
    labels: Vec<LabelAt<'a>>,
    notes: &'a [String],
    help: &'a [String],
    subject: Option<&'a str>,
    options: Vec<OptionWith<'a>>,
    fixes: Vec<FixWith<'a>>,
}

impl<'a> Finding<'a> {
    fn new(sources: &'a Sources, found: &'a Diagnostic) -> Finding<'a> {
        Finding {
            code: found.code,
            name: found.name,
            level: found.level.as_str(),
            message: &found.message,
            place: Place::new(sources, found.primary),
            label: found.primary_label.as_deref(),
            labels: found
                .labels
                .iter()
                .map(|label| LabelAt::new(sources, label))
                .collect(),
            notes: &found.notes,
            help: &found.help,
            subject: found.subject.as_deref(),
            options: found
                .options
                .iter()
                .map(|option| OptionWith::new(sources, option))
                .collect(),
            fixes: found.fixes.iter().map(|fix| FixWith::new(sources, fix)).collect(),
        }
    }
}

/// Lines and columns count from 1, columns in Unicode scalar values; `start` and `end` are bytes from 0.
#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    start: u32,
    end: u32,
}

impl<'a> Place<'a> {
    fn new(sources: &'a Sources, span: Span) -> Place<'a> {
        let start = sources.line_column(span.file, span.start);
        let end = sources.line_column(span.file, span.end);
        Place {
            path: sources.path(span.file),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            start: span.start,
            end: span.end,
        }
    }
}

#[derive(Serialize)]
struct LabelAt<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
}

impl<'a> LabelAt<'a> {
    fn new(sources: &'a Sources, label: &'a Label) -> LabelAt<'a> {
        LabelAt {
            place: Place::new(sources, label.span),
            text: &label.text,
        }
    }
}

#[derive(Serialize)]
struct OptionWith<'a> {
    text: &'a str,
    consequence: &'a str,
    edits: Vec<EditAt<'a>>,
}

impl<'a> OptionWith<'a> {
    fn new(sources: &'a Sources, option: &'a QuestionOption) -> OptionWith<'a> {
        OptionWith {
            text: &option.text,
            consequence: &option.consequence,
            edits: edits(sources, &option.edits),
        }
    }
}

#[derive(Serialize)]
struct FixWith<'a> {
    title: &'a str,
    safe: bool,
    edits: Vec<EditAt<'a>>,
}

impl<'a> FixWith<'a> {
    fn new(sources: &'a Sources, fix: &'a Fix) -> FixWith<'a> {
        FixWith {
            title: &fix.title,
            safe: fix.safe,
            edits: edits(sources, &fix.edits),
        }
    }
}

#[derive(Serialize)]
struct EditAt<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    insert: &'a str,
}

fn edits<'a>(sources: &'a Sources, edits: &'a [Edit]) -> Vec<EditAt<'a>> {
    edits
        .iter()
        .map(|edit| EditAt {
            place: Place::new(sources, edit.span),
            insert: &edit.insert,
        })
        .collect()
}
