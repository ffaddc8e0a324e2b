//! Names of a design from those of a database.

use std::collections::BTreeSet;

/// Names that are taken, so that no two things get the same one.
#[derive(Default)]
pub(crate) struct Taken(BTreeSet<String>);

impl Taken {
    /// The name, or the same with a number behind it where it is taken.
    pub(crate) fn free(&mut self, wanted: &str) -> String {
        let numbered = (2..).map(|number| format!("{wanted}{number}"));
        let mut all = std::iter::once(wanted.to_owned()).chain(numbered);
        let name = all.find(|name| !self.0.contains(&name.to_lowercase()));
        let name = name.unwrap_or_else(|| unreachable!("the numbers do not end"));
        self.0.insert(name.to_lowercase());
        name
    }
}

/// `todo_items` → `TodoItem`.
pub(crate) fn entity(table: &str) -> String {
    let words = words(table);
    let last = words.len().saturating_sub(1);
    let words = words.iter().enumerate().map(|(at, word)| {
        let word = if at == last { singular(word) } else { word.clone() };
        capital(&word)
    });
    sound(&words.collect::<String>(), "Table")
}

/// `ownerId` → `owner_id`.
pub(crate) fn field(column: &str) -> String {
    sound(&words(column).join("_"), "column")
}

/// `todo` and `in progress` as names of values: only what is one already.
pub(crate) fn is_value(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The words of a name, in small letters: `ownerId`, `OwnerID` and `owner-id` are two.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before = '_';
    for char in name.chars() {
        let starts = char.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        if starts || !char.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if char.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(char.to_ascii_lowercase());
        }
        before = char;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `categories` → `category`; a word that is none in the plural stays.
fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for plural in ["ses", "xes", "zes", "ches", "shes"] {
        if word.ends_with(plural)
            && let Some(stem) = word.strip_suffix("es")
        {
            return stem.to_owned();
        }
    }
    let stays = ["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    match word.strip_suffix('s') {
        Some(stem) if !stays && !stem.is_empty() => stem.to_owned(),
        _ => word.to_owned(),
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// A name starts with a letter and has 60 characters at most.
fn sound(name: &str, otherwise: &str) -> String {
    let name: String = name.chars().take(50).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        Some(_) => format!("{otherwise}_{name}"),
        None => otherwise.to_owned(),
    }
}
