//! A comparison for people, and as JSON.

use std::fmt::Write as _;

use groma_diff::{AccessChange, ClientChange, DatabaseChange, Diff, Grade, Risk, Turn};
use serde_json::{Value, json};

use crate::words;
use crate::world::{GREEN, RED, Style, YELLOW};

/// So many routes of one change are named; the others are counted.
const MOST_ROUTES: usize = 4;

/// The three lists, each under what it is about.
pub(in crate::commands) fn human(diff: &Diff, against: &str, style: Style) -> String {
    if diff.is_empty() {
        return format!("nothing that clients, the database or callers notice has changed since {against}\n");
    }
    let mut text = format!("compared with {against}\n");
    section(&mut text, "clients", &diff.clients, |change| client(change, style));
    section(&mut text, "database", &diff.database, |change| database(change, style));
    section(&mut text, "access", &diff.access, |change| access(change, style));
    text.push_str(&summary(diff, style));
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
    let field = change.field.as_ref().map_or_else(String::new, |field| format!("({field})"));
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
    let breaking = diff.clients.iter().filter(|change| change.grade == Grade::Breaking).count();
    let loses = diff.database.iter().filter(|change| change.risk == Risk::LosesData).count();
    let turned = |turn| diff.access.iter().filter(|change| change.turn == turn).count();
    let line = format!(
        "{breaking} of {} break clients, {loses} of {} lose data, {} gained and {} lost",
        words::count(diff.clients.len(), "change", "changes"),
        words::count(diff.database.len(), "change", "changes"),
        turned(Turn::Gained),
        turned(Turn::Lost)
    );
    let colour = if breaking + loses > 0 { RED } else { GREEN };
    format!("\n{}\n", style.strong(colour, &line))
}

/// The same for programs.
pub(super) fn json(diff: &Diff, against: &str) -> String {
    let clients = diff.clients.iter().map(|change| {
        json!({ "grade": change.grade.word(), "text": change.text, "routes": change.routes })
    });
    let database = diff.database.iter().map(|change| {
        json!({ "risk": change.risk.word(), "table": change.table, "text": change.text })
    });
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
