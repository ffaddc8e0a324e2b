//! A name spelled otherwise: in words, in camel or snake case, with an article.
//!
//! Tables, routes, documents and generated code derive names of each other, so they spell by the same rules.

/// `TaskShare`, `listTasks`, `due-soon` → `task_share`, `list_tasks`, `due_soon`; an abbreviation stays one word:
/// `APIKey` → `api_key`.
pub fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (at, char) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let starts_word = before.is_some_and(|char| char.is_lowercase() || char.is_ascii_digit())
            || before.is_some_and(|char| char.is_uppercase())
                && after.is_some_and(|char| char.is_lowercase());
        if char.is_uppercase() && starts_word {
            out.push('_');
        }
        match char {
            '-' | ' ' => out.push('_'),
            other => out.extend(other.to_lowercase()),
        }
    }
    out
}

/// `due_soon` and `DueSoon` → `due soon`.
pub fn spaced(name: &str) -> String {
    snake(name).replace('_', " ")
}

/// `due_soon` → `dueSoon`.
pub fn camel(name: &str) -> String {
    let mut parts = name.split(['_', '-', ' ']);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| name + &capital(part))
}

/// `due_soon` and `dueSoon` → `DueSoon`.
pub fn pascal(name: &str) -> String {
    name.split(['_', '-', ' ']).map(capital).collect()
}

/// The same text with a large first letter.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

/// `a task`, `an invitation`.
pub fn article(noun: &str) -> String {
    let is_vowel = |char: char| "aeio".contains(char.to_ascii_lowercase());
    let article = if noun.starts_with(is_vowel) { "an" } else { "a" };
    format!("{article} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_where_a_word_starts() {
        let cases = [
            ("TaskShare", "task_share"),
            ("listTasks", "list_tasks"),
            ("due-soon", "due_soon"),
            ("APIKey", "api_key"),
            ("MyAPI", "my_api"),
            ("Oauth2Client", "oauth2_client"),
            ("AB2", "ab2"),
            ("Élan", "élan"),
            ("", ""),
        ];
        for (name, spelled) in cases {
            assert_eq!(snake(name), spelled, "{name}");
        }
        assert_eq!(spaced("project_shares"), "project shares");
        assert_eq!(camel("due_soon"), "dueSoon");
        assert_eq!(pascal("listTasks_state"), "ListTasksState");
        assert_eq!(capital("élan"), "Élan");
    }

    #[test]
    fn a_noun_has_its_article() {
        assert_eq!(article("task"), "a task");
        assert_eq!(article("Invitation"), "an Invitation");
        assert_eq!(article("user"), "a user");
    }
}
