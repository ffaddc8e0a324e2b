//! What is still open, what was assumed, and what was decided.

use groma_ir::design::Design;

use super::{Cx, links};
use crate::markdown::{Page, Table, code, sentence};

/// Writes the section.
pub(super) fn open(cx: &Cx<'_>, page: &mut Page) {
    let design = &cx.model.design;
    page.heading(2, "Open, assumed, decided");
    page.heading(3, "Open");
    let open = questions(cx, design);
    if open.is_empty() {
        page.block("Nothing is open.");
    } else {
        page.block("Each works as its provisional answer until somebody decides.");
        page.table(&open);
    }
    page.heading(3, "Assumed");
    let assumed = assumptions(cx, design);
    if assumed.is_empty() {
        page.block("The design says everything itself.");
    } else {
        page.block("The design says nothing about these. Say it there to change it.");
        page.table(&assumed);
    }
    page.heading(3, "Decided");
    let decided = decisions(cx, design);
    if decided.is_empty() {
        page.block("No decision is on record.");
    } else {
        page.table(&decided);
    }
}

fn questions(cx: &Cx<'_>, design: &Design) -> Table {
    let mut table = Table::new(["Question", "About", "Meanwhile", "Asked in"]);
    for question in &design.questions {
        table.row([
            sentence(&question.text),
            question.affects.as_deref().map(code).unwrap_or_default(),
            question.default.as_deref().map(code).unwrap_or_default(),
            links::source(cx, &design.place(question.origin)).unwrap_or_default(),
        ]);
    }
    for hole in &design.holes {
        table.row([
            asked(&hole.question),
            code(&hole.subject),
            hole.provisional.as_deref().map(code).unwrap_or_default(),
            links::source(cx, &design.place(hole.origin)).unwrap_or_default(),
        ]);
    }
    table
}

/// A question as `check` asks it, as a sentence.
fn asked(question: &str) -> String {
    let mut letters = question.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>());
    sentence(&format!("{}{}", first.unwrap_or_default(), letters.as_str()))
}

fn assumptions(cx: &Cx<'_>, design: &Design) -> Table {
    let mut table = Table::new(["About", "Assumed", "Where"]);
    for assumption in &design.assumptions {
        let place = assumption
            .origin
            .and_then(|origin| links::source(cx, &design.place(origin)));
        table.row([
            code(&assumption.subject),
            sentence(&assumption.text),
            place.unwrap_or_default(),
        ]);
    }
    table
}

fn decisions(cx: &Cx<'_>, design: &Design) -> Table {
    let mut table = Table::new(["About", "Decided", "Over", "Because", "On", "Recorded in"]);
    for decision in &design.decisions {
        let over: Vec<String> = decision.over.iter().map(|over| code(over)).collect();
        table.row([
            code(&decision.subject),
            code(&decision.answer),
            over.join(", "),
            decision.because.as_deref().map(sentence).unwrap_or_default(),
            decision.on.clone().unwrap_or_default(),
            links::source(cx, &design.place(decision.origin)).unwrap_or_default(),
        ]);
    }
    table
}
