//! Reads variables and gathers every mistake on the way.

use std::str::FromStr;

use groma_ir::design::Setting;

use super::resolve::Mistake;
use super::variable::Fixed;
use super::{Environment, Mode};

/// Reads variables; what is wrong is kept and reading goes on.
pub(super) struct Reader<'e> {
    environment: &'e Environment,
    pub(super) mode: Mode,
    pub(super) mistakes: Vec<Mistake>,
}

impl<'e> Reader<'e> {
    pub(super) fn new(environment: &'e Environment) -> Self {
        Self {
            environment,
            mode: Mode::Development,
            mistakes: Vec::new(),
        }
    }

    /// The value that somebody set.
    pub(super) fn given(&self, variable: &Fixed) -> Option<&'e str> {
        self.environment.get(variable.name)
    }

    /// The value, or the default.
    pub(super) fn text(&self, variable: &Fixed) -> &'e str {
        self.given(variable).or(variable.default).unwrap_or_default()
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, variable: &Fixed, words: &[(&str, T)], otherwise: T) -> T {
        let text = self.text(variable);
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        self.wrong(variable.name, format!("it is not one of {}", known.join(", ")));
        otherwise
    }

    /// A number.
    pub(super) fn number<T: FromStr + Copy>(&mut self, variable: &Fixed, otherwise: T) -> T {
        let number = self.text(variable).parse();
        if number.is_err() {
            self.wrong(variable.name, "it is not a number that fits".to_owned());
        }
        number.unwrap_or(otherwise)
    }

    /// The value of a setting of the design, which may come from the environment.
    pub(super) fn setting<'s>(&self, setting: &'s Setting) -> Option<&'s str>
    where
        'e: 's,
    {
        match setting {
            Setting::Value(value) => Some(value),
            Setting::Env(name) => self.environment.get(name),
        }
    }

    /// The value of a setting that a server cannot do without.
    pub(super) fn required<'s>(&mut self, setting: &'s Setting) -> Option<&'s str>
    where
        'e: 's,
    {
        let value = self.setting(setting);
        if let (None, Setting::Env(name)) = (value, setting) {
            self.missing(name);
        }
        value
    }

    pub(super) fn missing(&mut self, name: &str) {
        let mistake = Mistake::Missing {
            name: name.to_owned(),
        };
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }

    pub(super) fn wrong(&mut self, name: &str, why: String) {
        self.mistakes.push(Mistake::Wrong {
            name: name.to_owned(),
            why,
        });
    }
}

/// What to call a setting in a message.
pub(super) fn name_of(setting: &Setting) -> &str {
    match setting {
        Setting::Env(name) => name,
        Setting::Value(_) => "the design",
    }
}
