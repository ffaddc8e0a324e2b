//! Values that no other row holds, of every type; text says whose it is.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use groma_ir::design::{Design, Type};
use groma_ir::scalar::{Bounds, Scalar, Text};

use crate::call::Sample;
use crate::oracle::decimal_text;
use crate::pattern::Pattern;
use crate::rng::Rng;

/// How many values are tried until one is free.
const TRIES: u64 = 1_024;

/// A range of numbers that is gone through one by one.
const NARROW: u64 = 1_000;

/// What fresh values are made of.
pub(crate) struct Mint<'a> {
    /// The word of the run.
    pub(crate) marker: &'a str,
    /// How many were made before.
    pub(crate) serial: u64,
    /// Chance, where there is room for it.
    pub(crate) rng: &'a mut Rng,
}

/// A value that no other row holds; nothing where all are taken.
pub(crate) fn fresh(
    design: &Design,
    ty: &Type,
    mint: &mut Mint<'_>,
    is_free: &dyn Fn(&Json) -> bool,
) -> Option<Sample> {
    (0..TRIES)
        .map_while(|attempt| candidate(design, ty, mint, attempt))
        .find(is_free)
        .map(Sample::plain)
}

fn candidate(design: &Design, ty: &Type, mint: &mut Mint<'_>, attempt: u64) -> Option<Json> {
    match ty {
        Type::Scalar(scalar) => scalar_value(scalar, mint, attempt),
        Type::Enum(of) => {
            let variants = &design.enums[*of].variants;
            let names: Vec<&String> = variants.iter().map(|variant| &variant.name).collect();
            let count = names.len() as u64;
            let at = usize::try_from((mint.serial + attempt) % count.max(1)).ok()?;
            (attempt < count).then(|| names.get(at).map(|name| Json::from(name.as_str())))?
        }
        Type::Reference(_) | Type::List(_) => None,
    }
}

fn scalar_value(scalar: &Scalar, mint: &mut Mint<'_>, attempt: u64) -> Option<Json> {
    let Mint { marker, serial, .. } = *mint;
    let number = serial + attempt;
    Some(match scalar {
        Scalar::Text(text) => return text_value(text, mint, attempt),
        Scalar::Slug { min, max } => word(&format!("{marker}{number}"), number, (*min, Some(*max))),
        Scalar::Email => Json::from(format!("{marker}.{number}@example.com")),
        Scalar::Url => Json::from(format!("https://example.com/{marker}/{number}")),
        Scalar::Uuid => Json::from(mint.rng.uuid()),
        Scalar::Int(bounds) => return int_value(*bounds, mint, attempt),
        Scalar::Float(bounds) => float_value(*bounds, mint.rng),
        Scalar::Decimal { precision, scale } => {
            let most = 10_u64.pow(u32::from(*precision).min(17));
            Json::from(decimal_text(i128::from(mint.rng.next() % most), *scale))
        }
        Scalar::Bool => return (attempt < 2).then(|| Json::from(number.is_multiple_of(2))),
        Scalar::Date => date_value(mint.rng),
        Scalar::Time => time_value(mint.rng),
        Scalar::DateTime => instant_value(mint.rng),
        Scalar::Json => json!({ "run": marker, "row": number }),
        Scalar::Secret(length) => Json::from(mint.rng.word(*length as usize)),
    })
}

fn text_value(text: &Text, mint: &Mint<'_>, attempt: u64) -> Option<Json> {
    let number = mint.serial + attempt;
    if text.pattern.is_none() {
        let whole = format!("{} {number}", mint.marker);
        return Some(word(&whole, number, (text.min, text.max)));
    }
    // Most patterns leave room for a few thousand texts; the rest show after some tries.
    let made = (attempt < 64).then(|| Pattern::of(text)?.example(number + 1))??;
    Some(Json::from(made))
}

/// The text where it fits, filled up to the least length; otherwise a short one that counts through the letters.
fn word(whole: &str, number: u64, (min, max): (u32, Option<u32>)) -> Json {
    let max = max.map_or(usize::MAX, |max| max as usize);
    let missing = (min as usize).saturating_sub(whole.chars().count());
    if whole.chars().count() + missing <= max {
        return Json::from(format!("{whole}{}", "x".repeat(missing)));
    }
    let mut letters = Vec::new();
    let mut rest = number;
    while letters.len() < max.max(1) && (rest > 0 || letters.len() < (min as usize).max(1)) {
        letters.push(char::from(b'a' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    Json::from(letters.iter().rev().collect::<String>())
}

fn int_value(bounds: Bounds<i64>, mint: &mut Mint<'_>, attempt: u64) -> Option<Json> {
    let (min, max) = bounds.effective();
    let count = u64::try_from(i128::from(max) - i128::from(min) + 1).unwrap_or(u64::MAX);
    let step = if count > NARROW {
        mint.rng.next() % count
    } else if attempt < count {
        (mint.serial + attempt) % count
    } else {
        return None;
    };
    i64::try_from(i128::from(min) + i128::from(step))
        .ok()
        .map(Json::from)
}

/// A number with few digits, which every reader of JSON reads exactly.
#[expect(
    clippy::cast_precision_loss,
    reason = "a step is below 2^14, which a double holds"
)]
fn float_value(bounds: Bounds<f64>, rng: &mut Rng) -> Json {
    let step = (rng.next() % (1 << 14)) as f64;
    Json::from(match (bounds.min, bounds.max) {
        (Some(min), Some(max)) => min + (max - min) * (step / f64::from(1 << 14)),
        (Some(min), None) => min + step / 4.0,
        (None, Some(max)) => max - step / 4.0,
        (None, None) => step / 4.0,
    })
}

fn date_value(rng: &mut Rng) -> Json {
    let mut part = |from: usize, count: usize| i16::try_from(from + rng.below(count)).unwrap_or(1);
    let (year, month, day) = (part(1900, 300), part(1, 12), part(1, 28));
    let small = |number: i16| i8::try_from(number).unwrap_or(1);
    let date = Date::new(year, small(month), small(day)).unwrap_or_default();
    Json::from(date.strftime("%Y-%m-%d").to_string())
}

fn time_value(rng: &mut Rng) -> Json {
    let (hour, minute, second) = (rng.below(24), rng.below(60), rng.below(60));
    let micros = rng.below(1_000_000);
    Json::from(format!("{hour:02}:{minute:02}:{second:02}.{micros:06}"))
}

fn instant_value(rng: &mut Rng) -> Json {
    let micros = i64::try_from(rng.next() % 4_000_000_000_000_000).unwrap_or(0);
    let at = Timestamp::from_microsecond(micros).unwrap_or_default();
    Json::from(at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
}

/// Fresh text of the greatest and of the least length.
pub(crate) fn fresh_edges(ty: &Type, mint: &Mint<'_>) -> Vec<Sample> {
    let (units, min, max): (&[&str], u32, Option<u32>) = match ty {
        Type::Scalar(Scalar::Text(text)) if text.pattern.is_none() => {
            (&["a", "\u{1f600}", "\u{e9}"], text.min, text.max)
        }
        Type::Scalar(Scalar::Slug { min, max }) => (&["a"], *min, Some(*max)),
        Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_) => return Vec::new(),
    };
    let mut texts = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        let start = format!("{}e{}x{at}", mint.marker, mint.serial);
        for length in [Some(min), max]
            .into_iter()
            .flatten()
            .filter(|length| *length <= 10_000)
        {
            let missing = (length as usize).checked_sub(start.len());
            texts.extend(missing.map(|missing| format!("{start}{}", unit.repeat(missing))));
        }
    }
    texts.dedup();
    texts
        .into_iter()
        .map(|text| Sample::plain(Json::from(text)))
        .collect()
}

#[cfg(test)]
mod tests;
