//! What the characters of a literal mean.

/// The text of a string token, and the ranges inside the token of escapes that do not exist.
pub(crate) fn unescape(token: &str) -> (String, Vec<std::ops::Range<usize>>) {
    let mut out = String::with_capacity(token.len());
    let mut unknown = Vec::new();
    let inner = token.strip_prefix('"').unwrap_or(token);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut chars = inner.char_indices();
    while let Some((at, char)) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next().map(|(_, escaped)| escaped) {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some(same @ ('"' | '\\' | '/')) => out.push(same),
            Some(other) => {
                out.push(other);
                // The token's quote stands before the inner text.
                unknown.push(at + 1..at + 2 + other.len_utf8());
            }
            None => {}
        }
    }
    (out, unknown)
}

/// The expression in a `/re/` token.
pub(crate) fn regex_pattern(token: &str) -> String {
    let inner = token.strip_prefix('/').unwrap_or(token);
    inner.strip_suffix('/').unwrap_or(inner).replace("\\/", "/")
}

/// The seconds of a duration such as `15m`, if the unit exists and they fit.
pub(crate) fn seconds(literal: &str) -> Option<u64> {
    let (count, unit) = split_unit(literal)?;
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    count.checked_mul(seconds)
}

/// The bytes of a size such as `256KB`, if the unit exists and they fit.
pub(crate) fn bytes(literal: &str) -> Option<u64> {
    let (count, unit) = split_unit(literal)?;
    let bytes = match unit {
        "B" => 1,
        "KB" | "KiB" => 1 << 10,
        "MB" | "MiB" => 1 << 20,
        "GB" | "GiB" => 1 << 30,
        _ => return None,
    };
    count.checked_mul(bytes)
}

fn split_unit(literal: &str) -> Option<(u64, &str)> {
    let digits = literal.find(|char: char| !char.is_ascii_digit())?;
    let (count, unit) = literal.split_at_checked(digits)?;
    Some((count.parse().ok()?, unit))
}

/// Whether there is such a day, `2026-11-21`.
pub(crate) fn is_date(literal: &str) -> bool {
    let mut parts = literal.split('-').map(str::parse::<u32>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Whether there is such a time of day, `09:30` or `09:30:15.5`.
pub(crate) fn is_time(literal: &str) -> bool {
    let mut parts = literal.split(':');
    let below = |part: Option<&str>, limit: u32| {
        part.is_some_and(|part| part.len() == 2 && part.parse::<u32>().is_ok_and(|value| value < limit))
    };
    if !below(parts.next(), 24) || !below(parts.next(), 60) {
        return false;
    }
    let Some(seconds) = parts.next() else { return true };
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    below(Some(whole), 60) && digits && parts.next().is_none()
}

/// Whether it is a time stamp with an offset, `2026-11-21T09:30:00Z`.
pub(crate) fn is_datetime(literal: &str) -> bool {
    let Some((date, rest)) = literal.split_once('T') else {
        return false;
    };
    let offset = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at_checked(offset).unwrap_or((rest, ""));
    let numeric = zone
        .strip_prefix(['+', '-'])
        .is_some_and(|zone| zone.len() == 5 && is_time(zone));
    is_date(date) && is_time(time) && (zone == "Z" || numeric)
}
