//! `groma explain`: the manual page of a finding, straight from the rule itself.

use std::fmt::Write as _;

use groma_diag::{Level, RuleInfo, nearest};
use groma_migrate::danger::{CATALOGUE, Danger};
use serde_json::{Value, json};

use crate::Exit;
use crate::cli::ExplainArgs;
use crate::failure::Failure;
use crate::world::{self, CYAN, RED, Style, YELLOW};

/// What is explained on a page of its own, by the words that ask for it.
const TOPICS: [(&str, &str); 2] = [
    ("language", include_str!("../../../../docs/language.md")),
    ("migrations", include_str!("../../../../docs/migrations.md")),
];

pub(super) fn run(args: &ExplainArgs) -> Result<Exit, Failure> {
    let catalogue: Vec<&RuleInfo> = groma_sema::catalogue().iter().collect();
    let style = world::stdout_style();
    let text = match &args.code {
        None if args.json => {
            let rules = catalogue.iter().map(|rule| as_json(rule));
            pretty(&rules.chain(CATALOGUE.iter().map(danger_as_json)).collect())
        }
        None => listed(&catalogue, style),
        Some(word) => {
            if let Some((_, text)) = TOPICS.iter().find(|(topic, _)| topic == word) {
                (*text).to_owned()
            } else if let Some(danger) = danger(word) {
                if args.json {
                    pretty(&danger_as_json(danger))
                } else {
                    danger_page(danger, style)
                }
            } else {
                let rule = find(&catalogue, word)?;
                if args.json {
                    pretty(&as_json(rule))
                } else {
                    page(rule, style)
                }
            }
        }
    };
    world::print(&text);
    Ok(Exit::Fine)
}

/// The danger of a change of a database with this number.
fn danger(word: &str) -> Option<&'static Danger> {
    CATALOGUE
        .iter()
        .find(|danger| danger.id.eq_ignore_ascii_case(word))
}

fn danger_page(danger: &Danger, style: Style) -> String {
    let kinds: Vec<&str> = danger.kinds.iter().map(|kind| kind.words()).collect();
    let kinds = if kinds.is_empty() {
        String::from("it is not")
    } else {
        kinds.join("; ")
    };
    format!(
        "{}  (a change of a Postgres database)\n\n{}\n\nWhy it is dangerous: {kinds}.\nInstead: {}.\n\n{}\n",
        style.strong(YELLOW, danger.id),
        danger.what,
        danger.remedy,
        danger.page()
    )
}

fn danger_as_json(danger: &Danger) -> Value {
    let kinds = danger.kinds.iter().map(|kind| kind.words());
    json!({
        "code": danger.id,
        "level": "danger",
        "summary": danger.what,
        "kinds": kinds.collect::<Vec<_>>(),
        "remedy": danger.remedy,
        "explanation": danger.page(),
    })
}

/// The rule with this code or this name, however it is written.
fn find<'c>(catalogue: &[&'c RuleInfo], word: &str) -> Result<&'c RuleInfo, Failure> {
    let is_it =
        |rule: &&&RuleInfo| rule.code.eq_ignore_ascii_case(word) || rule.name.eq_ignore_ascii_case(word);
    catalogue.iter().find(is_it).copied().ok_or_else(|| {
        let names = catalogue.iter().flat_map(|rule| [rule.code, rule.name]);
        let dangers = CATALOGUE.iter().map(|danger| danger.id);
        let topics = TOPICS.iter().map(|(topic, _)| *topic);
        let names = names.chain(dangers).chain(topics);
        let help = nearest(word, names).map_or_else(
            || "`groma explain` lists every code".to_owned(),
            |near| format!("did you mean `{near}`? `groma explain` lists every code"),
        );
        Failure::usage(format!("there is no finding `{word}`"), help)
    })
}

fn page(rule: &RuleInfo, style: Style) -> String {
    let title = format!("{} {}", rule.code, rule.name);
    let mut text = style.strong(colour(rule.level), &title);
    let _ = writeln!(
        text,
        "  ({}, since {})\n\n{}",
        rule.level.as_str(),
        rule.since,
        rule.summary
    );
    let _ = writeln!(text, "\n{}", rule.explanation.trim());
    text
}

fn listed(catalogue: &[&RuleInfo], style: Style) -> String {
    let names = catalogue.iter().map(|rule| rule.name.len());
    let width = names.max().unwrap_or_default();
    let mut text = String::new();
    for rule in catalogue {
        let code = style.strong(colour(rule.level), rule.code);
        let _ = writeln!(text, "{code}  {:width$}  {}", rule.name, rule.summary);
    }
    for danger in CATALOGUE {
        let code = style.strong(YELLOW, danger.id);
        let _ = writeln!(text, "{code}  {:width$}  {}", "", danger.what);
    }
    text
}

fn colour(level: Level) -> u8 {
    match level {
        Level::Error => RED,
        Level::Warning => YELLOW,
        Level::Question => CYAN,
    }
}

fn as_json(rule: &RuleInfo) -> Value {
    json!({
        "code": rule.code,
        "name": rule.name,
        "level": rule.level.as_str(),
        "since": rule.since,
        "summary": rule.summary,
        "explanation": rule.explanation,
    })
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
