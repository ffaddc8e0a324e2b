//! Text without its case, for search: what `groma_fold(text)` is in a database.

/// The text in the form in which searches compare it: every character in lower case after upper case after
/// lower case, so that `ẞ`, `ß` and `SS`, or `Σ`, `σ` and `ς`, are one. Not a full Unicode case folding, and no normalization.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}
