//! SARIF 2.1.0, which code hosts and editors read.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::{Diagnostic, Edit, FileId, Fix, Level, RuleInfo, Sources, Span};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The findings as one SARIF log. `rules` is the catalogue; findings of other rules are written without one.
pub fn render(sources: &Sources, diagnostics: &[Diagnostic], rules: &[&RuleInfo]) -> String {
    let index: BTreeMap<&str, usize> = rules
        .iter()
        .enumerate()
        .map(|(at, rule)| (rule.code, at))
        .collect();
    let results: Vec<Value> = diagnostics
        .iter()
        .map(|found| result(sources, found, index.get(found.code).copied()))
        .collect();
    let driver = json!({
        "name": "groma",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
    });
    super::pretty(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn descriptor(rule: &RuleInfo) -> Value {
    json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": { "text": rule.summary },
        "help": { "text": rule.explanation, "markdown": rule.explanation },
        "defaultConfiguration": { "level": level(rule.level) },
    })
}

/// SARIF has no level for a question: it is a note that asks for a review.
fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Question => "note",
    }
}

fn result(sources: &Sources, found: &Diagnostic, rule: Option<usize>) -> Value {
    let mut result = json!({
        "ruleId": found.code,
        "level": level(found.level),
        "message": { "text": message(found) },
        "locations": [location(sources, found.primary, found.primary_label.as_deref())],
    });
    let related = found
        .labels
        .iter()
        .map(|label| location(sources, label.span, Some(&label.text)));
    let related: Vec<Value> = related.collect();
    let fixes: Vec<Value> = found.fixes.iter().map(|fix| fix_of(sources, fix)).collect();
    if let Value::Object(members) = &mut result {
        members.extend(rule.map(|at| ("ruleIndex".to_owned(), json!(at))));
        members.extend((!related.is_empty()).then(|| ("relatedLocations".to_owned(), json!(related))));
        members.extend((!fixes.is_empty()).then(|| ("fixes".to_owned(), json!(fixes))));
    }
    result
}

fn message(found: &Diagnostic) -> String {
    let notes = found.notes.iter().map(|note| format!("note: {note}"));
    let help = found.help.iter().map(|help| format!("help: {help}"));
    let options = found.options.iter().enumerate();
    let options = options.map(|(at, option)| format!("{}: {} ({})", at + 1, option.text, option.consequence));
    std::iter::once(found.message.clone())
        .chain(notes)
        .chain(help)
        .chain(options)
        .collect::<Vec<_>>()
        .join("\n")
}

fn location(sources: &Sources, span: Span, text: Option<&str>) -> Value {
    let physical = json!({
        "artifactLocation": { "uri": uri(sources.path(span.file)) },
        "region": region(sources, span),
    });
    match text {
        Some(text) => json!({ "physicalLocation": physical, "message": { "text": text } }),
        None => json!({ "physicalLocation": physical }),
    }
}

fn region(sources: &Sources, span: Span) -> Value {
    let start = sources.line_column(span.file, span.start);
    let end = sources.line_column(span.file, span.end);
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn fix_of(sources: &Sources, fix: &Fix) -> Value {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        by_file.entry(edit.span.file).or_default().push(edit);
    }
    let changes = by_file.iter().map(|(file, edits)| {
        let replacements = edits.iter().map(|edit| {
            json!({ "deletedRegion": region(sources, edit.span), "insertedContent": { "text": edit.insert } })
        });
        json!({
            "artifactLocation": { "uri": uri(sources.path(*file)) },
            "replacements": replacements.collect::<Vec<_>>(),
        })
    });
    json!({ "description": { "text": fix.title }, "artifactChanges": changes.collect::<Vec<_>>() })
}

/// The path as a relative URI reference.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
