//! A comparison for people, and as JSON.

use std::fmt::Write as _;

use groma_diff::{AccessChange, ClientChange, DatabaseChange, Diff, Grade, Risk, Turn};
use serde_json::{Value, json};

use crate::world::{GREEN, RED, Style, YELLOW};

/// So many routes of one change are named; the others are counted.
const MOST_ROUTES: usize = 4;

/// So many changes are shown to whoever only wants to know that there are some.
const FIRST: usize = 5;

/// The three lists, each under what it is about; beside what it is compared with the places that nobody notices.
pub(super) fn human(diff: &Diff, (against, unnoticed): (&str, &[String]), style: Style) -> String {
    if diff.is_empty() && unnoticed.is_empty() {
        return format!("the same design as {against}\n");
    }
    if diff.is_empty() {
        return format!(
            "nothing that clients, the database or callers notice has changed since {against}\n\
             what has: {}\n",
            unnoticed.join(", ")
        );
    }
    let mut text = format!("compared with {against}\n");
    section(&mut text, "clients", &diff.clients, |change| {
        client(change, style)
    });
    section(&mut text, "database", &diff.database, |change| {
        database(change, style)
    });
    section(&mut text, "access", &diff.access, |change| access(change, style));
    text.push_str(&summary(diff, style));
    text
}

/// The gravest changes of each list, and how many more there are.
pub(super) fn first(diff: &Diff, style: Style) -> String {
    let clients = diff.clients.iter().map(|change| client(change, style));
    let database = diff.database.iter().map(|change| database(change, style));
    let access = diff.access.iter().map(|change| access(change, style));
    let all: Vec<String> = clients.chain(database).chain(access).collect();
    let mut text: String = all.iter().take(FIRST).map(String::as_str).collect();
    if all.len() > FIRST {
        let _ = writeln!(text, "  and {} more", all.len() - FIRST);
    }
    text
}

fn section<T>(text: &mut String, head: &str, changes: &[T], one: impl Fn(&T) -> String) {
    let _ = writeln!(text, "\n{head}");
    if changes.is_empty() {
        text.push_str("  nothing\n");
    }
    for change in changes {
        text.push_str(&one(change));
    }
}

fn word(word: &str, colour: u8, style: Style) -> String {
    let blanks = " ".repeat(11_usize.saturating_sub(word.len()));
    format!("  {}{blanks}", style.strong(colour, word))
}

fn client(change: &ClientChange, style: Style) -> String {
    let colour = match change.grade {
        Grade::Breaking => RED,
        Grade::Compatible => GREEN,
    };
    let mut text = format!("{} {}\n", word(change.grade.word(), colour, style), change.text);
    if change.routes.is_empty() {
        return text;
    }
    let shown = change.routes.iter().take(MOST_ROUTES).map(String::as_str);
    let mut names = shown.collect::<Vec<_>>().join(", ");
    if change.routes.len() > MOST_ROUTES {
        let _ = write!(names, " and {} more", change.routes.len() - MOST_ROUTES);
    }
    let _ = writeln!(text, "              {}", style.faint(&names));
    text
}

fn database(change: &DatabaseChange, style: Style) -> String {
    let colour = match change.risk {
        Risk::LosesData => RED,
        Risk::MayFail => YELLOW,
        Risk::Safe => GREEN,
    };
    format!(
        "{} `{}`: {}\n",
        word(change.risk.word(), colour, style),
        change.table,
        change.text
    )
}

fn access(change: &AccessChange, style: Style) -> String {
    let colour = match change.turn {
        Turn::Gained => YELLOW,
        Turn::Lost => RED,
    };
    let field = change
        .field
        .as_ref()
        .map_or_else(String::new, |field| format!("({field})"));
    let case = match &change.case {
        Some(case) if case.is_empty() => String::from("anybody"),
        Some(case) => case.join(" and "),
        None => String::from("perhaps: the rules tell too much apart to be gone through"),
    };
    let unsure = if change.is_sure || change.case.is_none() {
        ""
    } else {
        " (if that can be)"
    };
    format!(
        "{} {}{field} {}: {case}{unsure}\n",
        word(change.turn.word(), colour, style),
        change.verb,
        change.entity
    )
}

fn summary(diff: &Diff, style: Style) -> String {
    let breaking = diff
        .clients
        .iter()
        .filter(|change| change.grade == Grade::Breaking)
        .count();
    let loses = diff
        .database
        .iter()
        .filter(|change| change.risk == Risk::LosesData)
        .count();
    let turned = |turn| diff.access.iter().filter(|change| change.turn == turn).count();
    let line = format!(
        "clients: {breaking} of {} break; database: {loses} of {} lose data; access: {} gained, {} lost",
        diff.clients.len(),
        diff.database.len(),
        turned(Turn::Gained),
        turned(Turn::Lost)
    );
    let colour = if breaking + loses > 0 { RED } else { GREEN };
    format!("\n{}\n", style.strong(colour, &line))
}

/// The same for programs.
pub(super) fn json(diff: &Diff, against: &str) -> String {
    let clients = diff
        .clients
        .iter()
        .map(|change| json!({ "grade": change.grade.word(), "text": change.text, "routes": change.routes }));
    let database = diff
        .database
        .iter()
        .map(|change| json!({ "risk": change.risk.word(), "table": change.table, "text": change.text }));
    let access = diff.access.iter().map(|change| {
        json!({
            "turn": change.turn.word(),
            "entity": change.entity,
            "verb": change.verb,
            "field": change.field,
            "case": change.case,
            "sure": change.is_sure,
        })
    });
    let document = json!({
        "against": against.replace('`', ""),
        "breaking": diff.breaks(),
        "loses_data": diff.loses_data(),
        "clients": clients.collect::<Vec<Value>>(),
        "database": database.collect::<Vec<Value>>(),
        "access": access.collect::<Vec<Value>>(),
    });
    format!("{document:#}\n")
}
