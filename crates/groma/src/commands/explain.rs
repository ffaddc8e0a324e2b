//! `groma explain`: the manual page of a finding, straight from the rule itself.

use std::fmt::Write as _;

use groma_diag::{Level, RuleInfo, nearest};
use serde_json::{Value, json};

use crate::Exit;
use crate::cli::ExplainArgs;
use crate::failure::Failure;
use crate::world::{self, CYAN, RED, Style, YELLOW};

/// The language on one page.
const LANGUAGE: &str = include_str!("../../../../docs/language.md");

pub(super) fn run(args: &ExplainArgs) -> Result<Exit, Failure> {
    let catalogue: Vec<&RuleInfo> = groma_sema::catalogue().iter().collect();
    let style = world::stdout_style();
    let text = match &args.code {
        Some(word) if word == "language" => LANGUAGE.to_owned(),
        None if args.json => pretty(&catalogue.iter().map(|rule| as_json(rule)).collect()),
        None => listed(&catalogue, style),
        Some(word) => {
            let rule = find(&catalogue, word)?;
            if args.json {
                pretty(&as_json(rule))
            } else {
                page(rule, style)
            }
        }
    };
    world::print(&text);
    Ok(Exit::Fine)
}

/// The rule with this code or this name, however it is written.
fn find<'c>(catalogue: &[&'c RuleInfo], word: &str) -> Result<&'c RuleInfo, Failure> {
    let is_it =
        |rule: &&&RuleInfo| rule.code.eq_ignore_ascii_case(word) || rule.name.eq_ignore_ascii_case(word);
    catalogue.iter().find(is_it).copied().ok_or_else(|| {
        let names = catalogue.iter().flat_map(|rule| [rule.code, rule.name]);
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
    let width = catalogue
        .iter()
        .map(|rule| rule.name.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for rule in catalogue {
        let code = style.strong(colour(rule.level), rule.code);
        let _ = writeln!(text, "{code}  {:width$}  {}", rule.name, rule.summary);
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
