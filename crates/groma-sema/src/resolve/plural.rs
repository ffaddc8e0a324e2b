//! Names that are derived from the names of entities.

/// `TaskItem` → `task_item`; an abbreviation stays one word: `APIKey` → `api_key`.
pub(crate) fn snake(name: &str) -> String {
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
        out.extend(char.to_lowercase());
    }
    out
}

/// `task` → `tasks`, `category` → `categories`, `status` → `statuses`.
pub(crate) fn plural(word: &str) -> String {
    let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end));
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if ends(&["s", "x", "z", "ch", "sh"]) => format!("{word}es"),
        _ => format!("{word}s"),
    }
}
