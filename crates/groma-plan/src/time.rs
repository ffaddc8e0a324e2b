//! Calendar arithmetic and the fixed texts of dates, times and instants (RFC 3339).
//!
//! Strict on purpose: few spellings in, one spelling out, years 0001 to 9999, no leap seconds.

/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;
/// The first instant of the year 1.
pub(crate) const FIRST: i64 = -719_162 * DAY;
/// The first instant after the year 9999.
pub(crate) const AFTER_LAST: i64 = 2_932_897 * DAY;

/// Why a text is no date, time or instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wrong {
    /// It does not have the form.
    Form,
    /// It has the form, and there is no such day or time.
    Range,
    /// It is an instant without an offset.
    NoOffset,
}

/// Days since 1970-01-01 from `YYYY-MM-DD`.
pub(crate) fn parse_date(text: &[u8]) -> Result<i32, Wrong> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return Err(Wrong::Form);
    };
    let year = digits(&[y1, y2, y3, y4])?;
    let (month, day) = (digits(&[m1, m2])?, digits(&[d1, d2])?);
    if year < 1 || !(1..=12).contains(&month) || day < 1 || day > days_of_month(year, month) {
        return Err(Wrong::Range);
    }
    Ok(days_from_civil(year, month, day))
}

/// Microseconds since midnight from `HH:MM:SS` with up to six digits of a second, or from `HH:MM`, as forms and
/// people give it.
pub(crate) fn parse_time(text: &[u8]) -> Result<i64, Wrong> {
    match text {
        &[h1, h2, b':', m1, m2] => parse_clock(&[h1, h2, b':', m1, m2, b':', b'0', b'0'], 0),
        _ => parse_clock(text, 6),
    }
}

/// The same with up to so many digits of a second, of which those after the sixth are cut.
fn parse_clock(text: &[u8], most: usize) -> Result<i64, Wrong> {
    let (clock, rest) = text.split_at_checked(8).ok_or(Wrong::Form)?;
    let &[h1, h2, b':', m1, m2, b':', s1, s2] = clock else {
        return Err(Wrong::Form);
    };
    let (hour, minute, second) = (digits(&[h1, h2])?, digits(&[m1, m2])?, digits(&[s1, s2])?);
    let fraction = parse_fraction(rest, most)?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err(Wrong::Range);
    }
    Ok(i64::from((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction)
}

/// Microseconds since 1970 in UTC from `YYYY-MM-DDTHH:MM:SS[.fffffffff](Z|±HH:MM)`.
pub(crate) fn parse_timestamp(text: &[u8]) -> Result<i64, Wrong> {
    let (date, rest) = text.split_at_checked(10).ok_or(Wrong::Form)?;
    let days = parse_date(date)?;
    let (&separator, rest) = rest.split_first().ok_or(Wrong::NoOffset)?;
    if !matches!(separator, b'T' | b't') {
        return Err(Wrong::Form);
    }
    let (clock, offset) = split_offset(rest)?;
    let instant = i64::from(days) * DAY + parse_clock(clock, 9)? - offset;
    if (FIRST..AFTER_LAST).contains(&instant) {
        Ok(instant)
    } else {
        Err(Wrong::Range)
    }
}

fn split_offset(text: &[u8]) -> Result<(&[u8], i64), Wrong> {
    if let Some((b'Z' | b'z', clock)) = text.split_last() {
        return Ok((clock, 0));
    }
    let at = text.len().saturating_sub(6);
    match text.split_at_checked(at) {
        Some((clock, &[sign @ (b'+' | b'-'), h1, h2, b':', m1, m2])) => {
            let (hours, minutes) = (digits(&[h1, h2])?, digits(&[m1, m2])?);
            if hours > 23 || minutes > 59 {
                return Err(Wrong::Range);
            }
            let offset = i64::from(hours * 60 + minutes) * 60_000_000;
            Ok((clock, if sign == b'-' { -offset } else { offset }))
        }
        _ => parse_clock(text, 9).and(Err(Wrong::NoOffset)),
    }
}

fn parse_fraction(text: &[u8], most: usize) -> Result<i64, Wrong> {
    match text {
        [] => Ok(0),
        [b'.', rest @ ..] if (1..=most).contains(&rest.len()) && rest.iter().all(u8::is_ascii_digit) => {
            let mut padded = [b'0'; 6];
            for (slot, digit) in padded.iter_mut().zip(rest) {
                *slot = *digit;
            }
            Ok(i64::from(digits(&padded)?))
        }
        _ => Err(Wrong::Form),
    }
}

fn digits(text: &[u8]) -> Result<i32, Wrong> {
    text.iter().try_fold(0, |number, byte| {
        if byte.is_ascii_digit() {
            Ok(number * 10 + i32::from(byte - b'0'))
        } else {
            Err(Wrong::Form)
        }
    })
}

fn days_of_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date
/// algorithms"): years start in March, so that the leap day is the last one.
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i32) -> (i32, i32, i32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    (year, month, day)
}

/// `YYYY-MM-DD`.
pub fn date_text(days: i32) -> [u8; 10] {
    let (year, month, day) = civil_from_days(days);
    let mut text = *b"0000-00-00";
    put(&mut text, 0..4, i64::from(year));
    put(&mut text, 5..7, i64::from(month));
    put(&mut text, 8..10, i64::from(day));
    text
}

/// `HH:MM:SS.ffffff`.
pub fn time_text(micros: i64) -> [u8; 15] {
    let seconds = micros / 1_000_000;
    let mut text = *b"00:00:00.000000";
    put(&mut text, 0..2, seconds / 3_600);
    put(&mut text, 3..5, seconds / 60 % 60);
    put(&mut text, 6..8, seconds % 60);
    put(&mut text, 9..15, micros % 1_000_000);
    text
}

/// `YYYY-MM-DDTHH:MM:SS.ffffffZ`: fixed width, so that its order as text is its order in time.
pub fn timestamp_text(micros: i64) -> [u8; 27] {
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let days = i32::try_from(micros.div_euclid(DAY)).unwrap_or(0);
    let parts = date_text(days)
        .into_iter()
        .chain(*b"T")
        .chain(time_text(micros.rem_euclid(DAY)));
    for (slot, byte) in text.iter_mut().zip(parts) {
        *slot = byte;
    }
    text
}

fn put(text: &mut [u8], range: std::ops::Range<usize>, number: i64) {
    let mut rest = number;
    for slot in text.get_mut(range).unwrap_or_default().iter_mut().rev() {
        *slot = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
}
