//! `groma env`: every variable, what it is for, and whether it is set. Secrets are never shown.

use std::fmt;

use groma_ir::Design;

use super::variable::{MODE, Need, Variable, variables};
use super::{Environment, Source};

/// Every variable of a design and how it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// A line a variable, in the order of the table.
    pub lines: Vec<Line>,
}

/// One variable and how it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The variable.
    pub variable: Variable,
    /// How it stands.
    pub state: State,
}

/// How a variable stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// It is set; `shown` is its value, or says that it is hidden.
    Set {
        /// What may be shown of it.
        shown: String,
        /// Where it was set.
        source: Source,
    },
    /// It is not set, and the default holds.
    Default(String),
    /// It is not set, and nothing depends on it.
    Unset,
    /// It is not set, and a server does not start without it here.
    Missing,
}

impl Report {
    /// Looks at every variable.
    pub fn new(design: &Design, environment: &Environment) -> Self {
        let production = environment.get(MODE.name) == Some("production");
        let lines = variables(design)
            .into_iter()
            .map(|variable| Line {
                state: state(&variable, environment, production),
                variable,
            })
            .collect();
        Self { lines }
    }

    /// Whether a server would miss something.
    pub fn is_complete(&self) -> bool {
        self.lines.iter().all(|line| line.state != State::Missing)
    }
}

fn state(variable: &Variable, environment: &Environment, production: bool) -> State {
    if let (Some(value), Some(source)) = (
        environment.get(&variable.name),
        environment.source(&variable.name),
    ) {
        return State::Set {
            shown: shown(variable, value),
            source,
        };
    }
    match &variable.default {
        _ if production && variable.need == Need::Production => State::Missing,
        Some(default) => State::Default(default.clone()),
        None => State::Unset,
    }
}

fn shown(variable: &Variable, value: &str) -> String {
    // A URL may carry a password before its `@`.
    if variable.secret || value.contains('@') {
        "(hidden)".to_owned()
    } else {
        value.to_owned()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .lines
            .iter()
            .map(|line| line.variable.name.len())
            .max()
            .unwrap_or_default();
        for line in &self.lines {
            let Variable { name, meaning, .. } = &line.variable;
            let state = match &line.state {
                State::Set {
                    shown,
                    source: Source::Process,
                } => shown.clone(),
                State::Set {
                    shown,
                    source: Source::File,
                } => format!("{shown}  (.env)"),
                State::Default(default) => format!("{default}  (default)"),
                State::Unset => "-".to_owned(),
                State::Missing => "MISSING".to_owned(),
            };
            writeln!(
                formatter,
                "{name:width$}  {state}\n{:width$}    {meaning}{}",
                "",
                remark(&line.variable)
            )?;
        }
        Ok(())
    }
}

fn remark(variable: &Variable) -> &'static str {
    match (variable.need, variable.secret) {
        (Need::Optional, false) => "",
        (Need::Optional, true) => " [secret]",
        (Need::Production, false) => " [required in production]",
        (Need::Production, true) => " [secret, required in production]",
    }
}
