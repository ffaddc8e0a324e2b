//! The tables of `groma access` for a terminal, as Markdown, HTML and JSON.

use std::fmt::Write as _;

use groma_access::{Cell, Matrix, Verdict};
use groma_ir::design::Design;
use serde_json::{Value, json};

use crate::world::{GREEN, RED, Style, YELLOW};

pub(super) fn human(design: &Design, tables: &[Matrix], style: Style) -> String {
    let mut out = String::new();
    for (at, matrix) in tables.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        one(&mut out, design, matrix, style);
    }
    out
}

fn one(out: &mut String, design: &Design, matrix: &Matrix, style: Style) {
    let heads = matrix.heads(design);
    let rows = matrix.rows.iter();
    let cells: Vec<Vec<String>> = rows
        .clone()
        .map(|row| row.cells.iter().map(Cell::text).collect())
        .collect();
    let names: Vec<String> = rows.map(|row| row.name.replace('`', "")).collect();
    let title = &design.entities[matrix.entity].name;
    let first = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0)
        .max(title.len());
    let width = |column: usize| {
        let cells = cells.iter().filter_map(|row| row.get(column).map(String::len));
        cells
            .chain(heads.get(column).map(|head| head.len()))
            .max()
            .unwrap_or(0)
    };
    let _ = write!(
        out,
        "{}{:gap$}",
        style.strong(GREEN, title),
        "",
        gap = first - title.len()
    );
    for (column, head) in heads.iter().enumerate() {
        let _ = write!(out, "  {head:width$}", width = width(column));
    }
    trimmed(out);
    for ((name, row), texts) in names.iter().zip(&matrix.rows).zip(&cells) {
        let _ = write!(out, "{name}{:gap$}", "", gap = first - name.chars().count());
        for (column, (cell, text)) in row.cells.iter().zip(texts).enumerate() {
            let colour = match cell.verdict {
                Verdict::Yes => GREEN,
                Verdict::No => RED,
                Verdict::When(..) | Verdict::Open => YELLOW,
            };
            let gap = width(column) - text.len();
            let _ = write!(out, "  {}{:gap$}", style.strong(colour, text), "");
        }
        trimmed(out);
    }
    for (number, (rule, place)) in (1..).zip(&matrix.notes) {
        let _ = writeln!(
            out,
            "{number:>3}. {} {}",
            rule.replace('`', ""),
            style.faint(place)
        );
    }
}

/// Ends a line, without the blanks that fill its last column.
fn trimmed(out: &mut String) {
    out.truncate(out.trim_end().len());
    out.push('\n');
}

pub(super) fn markdown(design: &Design, tables: &[Matrix]) -> String {
    let mut out = String::from("# Who may do what\n");
    for matrix in tables {
        let table = groma_emit::matrix::markdown(design, matrix, |place| format!("({place})"));
        let _ = write!(out, "\n## {}\n\n{table}\n", design.entities[matrix.entity].name);
    }
    out
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}\
table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #ccc;padding:.3rem .7rem;text-align:left}\
.yes{background:#e3f4e3}.no{color:#777}.when,.open{background:#fdf3d8}li{margin:.2rem 0}code{font-size:.9em}";

pub(super) fn html(design: &Design, tables: &[Matrix]) -> String {
    let title = escaped(&design.service.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{title}: who may do what</title>\
         <style>{STYLE}</style>\n<h1>{title}: who may do what</h1>\n"
    );
    for matrix in tables {
        let _ = writeln!(
            out,
            "<h2>{}</h2>\n<table><tr><th></th>",
            escaped(&design.entities[matrix.entity].name)
        );
        for head in matrix.heads(design) {
            let _ = write!(out, "<th>{}</th>", escaped(head));
        }
        out.push_str("</tr>\n");
        for row in &matrix.rows {
            let _ = write!(out, "<tr><th>{}</th>", coded(&row.name));
            for cell in &row.cells {
                let _ = write!(
                    out,
                    "<td class=\"{}\">{}</td>",
                    cell.verdict.word(),
                    escaped(&cell.text())
                );
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</table>\n<ol>\n");
        for (number, (rule, place)) in (1..).zip(&matrix.notes) {
            let _ = writeln!(
                out,
                "<li value=\"{number}\">{} <code>{}</code></li>",
                coded(rule),
                escaped(place)
            );
        }
        out.push_str("</ol>\n");
    }
    out.push_str("</html>\n");
    out
}

/// Text with its backticked parts as code.
fn coded(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let coded = parts.map(|(at, part)| {
        if at % 2 == 1 {
            format!("<code>{}</code>", escaped(part))
        } else {
            escaped(part)
        }
    });
    coded.collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

pub(super) fn json(design: &Design, tables: &[Matrix]) -> Value {
    let table = |matrix: &Matrix| {
        let heads = matrix.heads(design);
        let rows = matrix.rows.iter().map(|row| {
            let verbs = heads.iter().zip(&row.cells).map(|(head, cell)| {
                (
                    (*head).to_owned(),
                    json!({ "answer": cell.verdict.word(), "rules": cell.notes }),
                )
            });
            json!({ "who": row.name, "verbs": verbs.collect::<serde_json::Map<_, _>>() })
        });
        let rules = matrix
            .notes
            .iter()
            .map(|(rule, place)| json!({ "rule": rule, "place": place }));
        json!({
            "entity": design.entities[matrix.entity].name,
            "callers": rows.collect::<Vec<_>>(),
            "rules": rules.collect::<Vec<_>>(),
        })
    };
    json!({ "entities": tables.iter().map(table).collect::<Vec<_>>() })
}
