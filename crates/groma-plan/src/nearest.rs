//! The name that was probably meant.

/// The nearest of the names, if one is near; nothing for what is longer than any name.
pub(crate) fn nearest<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if wanted.len() > 64 {
        return None;
    }
    let far = wanted.chars().count().max(3) / 2;
    let is_start = |name: &str| wanted.len() >= 3 && name.starts_with(wanted);
    names
        .into_iter()
        .map(|name| {
            (
                if is_start(name) {
                    1
                } else {
                    strsim::damerau_levenshtein(wanted, name)
                },
                name,
            )
        })
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// A text of the caller's as it may stand in a message: cut, on one line.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(64)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// ``; did you mean `title`?`` or what stands instead of it.
pub(crate) fn hint<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    match nearest(wanted, names) {
        Some(name) => format!("; did you mean `{name}`?"),
        None => String::from("."),
    }
}
