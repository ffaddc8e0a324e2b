//! What fits into what: one table.

use super::{End, Measured, Misfit};
use crate::Id;
use crate::design::{EntityId, EnumId, ListType, Type};
use crate::scalar::{Bounds, SAFE_INT, Scalar, Text};

fn int(min: impl Into<Option<i64>>, max: impl Into<Option<i64>>) -> Type {
    let (min, max) = (min.into(), max.into());
    Type::Scalar(Scalar::Int(Bounds { min, max }))
}

fn float(min: impl Into<Option<f64>>, max: impl Into<Option<f64>>) -> Type {
    let (min, max) = (min.into(), max.into());
    Type::Scalar(Scalar::Float(Bounds { min, max }))
}

fn text(min: u32, max: impl Into<Option<u32>>) -> Text {
    Text {
        min,
        max: max.into(),
        trim: false,
        pattern: None,
    }
}

fn of(text: Text) -> Type {
    Type::Scalar(Scalar::Text(text))
}

fn trimmed(text: Text) -> Text {
    Text { trim: true, ..text }
}

fn matching(mut text: Text, pattern: &str) -> Text {
    text.pattern = Some(pattern.to_owned());
    text
}

fn slug(min: u32, max: u32) -> Type {
    Type::Scalar(Scalar::Slug { min, max })
}

fn decimal(precision: u8, scale: u8) -> Type {
    Type::Scalar(Scalar::Decimal { precision, scale })
}

fn list(item: Type, min: u32, max: impl Into<Option<u32>>) -> Type {
    let max = max.into();
    Type::List(Box::new(ListType { item, min, max }))
}

fn of_enum(index: usize) -> Type {
    Type::Enum(EnumId::new(index))
}

fn reference(index: usize) -> Type {
    Type::Reference(EntityId::new(index))
}

const EMAIL: Type = Type::Scalar(Scalar::Email);
const URL: Type = Type::Scalar(Scalar::Url);
const BOOL: Type = Type::Scalar(Scalar::Bool);
const DATE: Type = Type::Scalar(Scalar::Date);
const DATETIME: Type = Type::Scalar(Scalar::DateTime);
const UUID: Type = Type::Scalar(Scalar::Uuid);
const JSON: Type = Type::Scalar(Scalar::Json);

fn past(of: Measured, upper: bool, has: impl Into<Option<&'static str>>, wanted: &str) -> Misfit {
    Misfit::Past(End {
        of,
        upper,
        has: has.into().map(str::to_owned),
        wanted: wanted.to_owned(),
    })
}

#[test]
fn what_fits() {
    let word = "^[a-z]+$";
    for (from, to) in [
        (int(0, 9), int(0, 9)),
        (int(1, 5), int(0, 9)),
        (int(0, 9), int(None, None)),
        (int(None, None), int(None, SAFE_INT)),
        (float(0.0, 1.0), float(-1.0, None)),
        (float(None, None), float(None, None)),
        (decimal(5, 2), decimal(10, 2)),
        (decimal(2, 2), decimal(3, 2)),
        (of(text(2, 5)), of(text(1, 50))),
        (of(text(2, 5)), of(text(0, None))),
        (of(trimmed(text(2, 5))), of(text(2, 5))),
        (of(trimmed(text(2, 5))), of(trimmed(text(1, 5)))),
        (of(matching(text(1, 5), word)), of(text(1, 5))),
        (of(matching(text(1, 5), word)), of(matching(text(1, 9), word))),
        (EMAIL, of(text(5, 254))),
        (EMAIL, of(trimmed(text(1, 300)))),
        (URL, of(text(8, 2048))),
        (slug(2, 40), of(trimmed(text(1, 40)))),
        (slug(2, 40), slug(1, 100)),
        (Type::Scalar(Scalar::Secret(20)), of(text(20, 20))),
        (EMAIL, EMAIL),
        (URL, URL),
        (BOOL, BOOL),
        (DATE, DATE),
        (DATETIME, DATETIME),
        (UUID, UUID),
        (JSON, JSON),
        (of_enum(0), of_enum(0)),
        (reference(0), reference(0)),
        (list(int(1, 5), 1, 3), list(int(0, 9), 0, 5)),
        (list(of_enum(0), 0, 3), list(of_enum(0), 0, None)),
    ] {
        assert_eq!(from.fits_into(&to), Ok(()), "{from:?} into {to:?}");
    }
}

#[test]
fn what_is_past_an_end() {
    use Measured::{Characters, Digits, Items, Value};
    for (from, to, misfit) in [
        (int(1, 50), int(0, 9), past(Value, true, "50", "9")),
        (int(0, 9), int(1, 9), past(Value, false, "0", "1")),
        (int(0, None), int(0, 9), past(Value, true, None, "9")),
        (int(None, None), int(0, None), past(Value, false, None, "0")),
        (
            int(0, i64::MAX),
            int(0, None),
            past(Value, true, "9223372036854775807", "9007199254740991"),
        ),
        (float(None, 1.0), float(0.0, 1.0), past(Value, false, None, "0")),
        (float(0.0, 1.5), float(0.0, 1.0), past(Value, true, "1.5", "1")),
        (decimal(10, 2), decimal(5, 2), past(Digits, true, "8", "3")),
        (
            of(text(1, 50)),
            of(text(1, 20)),
            past(Characters, true, "50", "20"),
        ),
        (
            of(text(0, 20)),
            of(text(1, 20)),
            past(Characters, false, "0", "1"),
        ),
        (
            of(text(1, None)),
            of(text(1, 20)),
            past(Characters, true, None, "20"),
        ),
        (EMAIL, of(text(1, 100)), past(Characters, true, "254", "100")),
        (EMAIL, of(text(6, 300)), past(Characters, false, "5", "6")),
        (slug(1, 50), slug(1, 5), past(Characters, true, "50", "5")),
        (slug(1, 50), slug(2, 50), past(Characters, false, "1", "2")),
        (list(BOOL, 0, 5), list(BOOL, 0, 3), past(Items, true, "5", "3")),
        (list(BOOL, 0, 5), list(BOOL, 1, 5), past(Items, false, "0", "1")),
        (
            list(BOOL, 0, None),
            list(BOOL, 0, 3),
            past(Items, true, None, "3"),
        ),
    ] {
        assert_eq!(from.fits_into(&to), Err(misfit), "{from:?} into {to:?}");
    }
}

#[test]
fn what_is_of_another_form() {
    let word = || Misfit::Pattern("^[a-z]+$".to_owned());
    let words = |text| of(matching(text, "^[a-z]+$"));
    for (from, to, misfit) in [
        (of(text(1, 5)), of(trimmed(text(1, 5))), Misfit::Untrimmed),
        (of(text(1, 5)), words(text(1, 5)), word()),
        (slug(1, 5), words(text(1, 5)), word()),
        (of(matching(text(1, 5), "[a-z]")), words(text(1, 5)), word()),
        (of(text(5, 254)), EMAIL, Misfit::Form("email")),
        (URL, EMAIL, Misfit::Form("email")),
        (of(text(8, 99)), URL, Misfit::Form("url")),
        (of(text(1, 5)), slug(1, 5), Misfit::Form("slug")),
        (
            of(text(20, 20)),
            Type::Scalar(Scalar::Secret(20)),
            Misfit::Form("secret"),
        ),
        (decimal(5, 2), decimal(10, 4), Misfit::Scale { has: 2, wanted: 4 }),
        (decimal(5, 4), decimal(5, 2), Misfit::Scale { has: 4, wanted: 2 }),
        (
            list(of(text(1, 5)), 0, 3),
            list(EMAIL, 0, 3),
            Misfit::Item(Box::new(Misfit::Form("email"))),
        ),
    ] {
        assert_eq!(from.fits_into(&to), Err(misfit), "{from:?} into {to:?}");
    }
}

#[test]
fn what_is_of_another_kind() {
    for (from, to) in [
        (int(0, 9), float(None, None)),
        (int(0, 9), decimal(5, 0)),
        (int(0, 9), of(text(0, None))),
        (of(text(0, 5)), int(0, 9)),
        (UUID, of(text(36, 36))),
        (DATE, DATETIME),
        (BOOL, JSON),
        (of_enum(0), of_enum(1)),
        (of_enum(0), of(text(0, None))),
        (reference(0), reference(1)),
        (reference(0), UUID),
        (list(BOOL, 0, 3), BOOL),
        (BOOL, list(BOOL, 0, 3)),
        (list(BOOL, 0, 3), list(DATE, 0, 3)),
        (list(BOOL, 0, 3), JSON),
    ] {
        assert_eq!(from.fits_into(&to), Err(Misfit::Kind), "{from:?} into {to:?}");
    }
}
