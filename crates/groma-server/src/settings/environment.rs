//! Variables and where they come from; the `.env` file.

use std::collections::BTreeMap;

use thiserror::Error;

/// The variables that are set.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, (String, Source)>,
}

/// Values may be secrets: only the names are shown.
impl std::fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.values.keys()).finish()
    }
}

/// Where a variable was set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// In the environment of the process.
    Process,
    /// In the `.env` file.
    File,
}

/// A line of a `.env` file that says nothing. The line itself is not shown: it may be a secret.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("line {line} of the `.env` file is not `NAME=value`: {why}")]
pub struct DotEnvError {
    /// The line, counted from one.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Environment {
    /// Puts the process environment over the text of a `.env` file. An empty value counts as not set.
    pub fn new(
        process: impl IntoIterator<Item = (String, String)>,
        dot_env: Option<&str>,
    ) -> Result<Self, DotEnvError> {
        let mut values = BTreeMap::new();
        for (name, value) in parse(dot_env.unwrap_or_default())? {
            values.insert(name, (value, Source::File));
        }
        for (name, value) in process {
            values.insert(name, (value, Source::Process));
        }
        values.retain(|_, (value, _)| !value.trim().is_empty());
        Ok(Self { values })
    }

    /// The value of a variable, when it is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.trim())
    }

    /// Where a variable was set.
    pub fn source(&self, name: &str) -> Option<Source> {
        self.values.get(name).map(|(_, source)| *source)
    }
}

fn parse(text: &str) -> Result<Vec<(String, String)>, DotEnvError> {
    let mut pairs = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        pairs.push(pair(line).map_err(|why| DotEnvError { line: index + 1, why })?);
    }
    Ok(pairs)
}

fn pair(line: &str) -> Result<(String, String), &'static str> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').ok_or("it has no `=`")?;
    let name = name.trim();
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !is_name {
        return Err("a name has letters, digits and `_` only");
    }
    Ok((name.to_owned(), unquote(value.trim())?))
}

fn unquote(value: &str) -> Result<String, &'static str> {
    match value.chars().next() {
        Some('\'') => closed(value, '\'').map(str::to_owned),
        Some('"') => closed(value, '"').map(unescape),
        _ => Ok(without_comment(value).to_owned()),
    }
}

/// What stands between a quote and the next one like it that is not escaped.
fn closed(value: &str, quote: char) -> Result<&str, &'static str> {
    let inner = value.get(1..).unwrap_or_default();
    let mut escaped = false;
    for (at, letter) in inner.char_indices() {
        match letter {
            '\\' if quote == '"' && !escaped => escaped = true,
            _ if letter == quote && !escaped => {
                let (text, rest) = inner.split_at(at);
                let rest = rest.get(1..).unwrap_or_default().trim();
                let ends = rest.is_empty() || rest.starts_with('#');
                return if ends {
                    Ok(text)
                } else {
                    Err("something follows the closing quote")
                };
            }
            _ => escaped = false,
        }
    }
    Err("the quote is not closed")
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(
                letters
                    .next()
                    .map(|escaped| if escaped == 'n' { '\n' } else { escaped }),
            ),
            other => plain.push(other),
        }
    }
    plain
}

fn without_comment(value: &str) -> &str {
    value
        .split_once(" #")
        .map_or(value, |(value, _)| value)
        .trim_end()
}
