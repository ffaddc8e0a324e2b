//! Whether every value of one type is a value of another: what may be put into a field unseen.
//!
//! Two types fit, or there is a value that the first takes and the second refuses. What cannot be decided cheaply,
//! whether all text that one pattern matches is matched by another, does not fit.

use std::fmt::Display;

use super::Type;
use crate::scalar::{Scalar, Text};

/// Why some value of one type is no value of another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Misfit {
    /// The two are of different kinds, such as a number and text.
    Kind,
    /// One reaches past an end of the other.
    Past(End),
    /// White space at its ends would be kept, and the other never has any.
    Untrimmed,
    /// It need not match this pattern.
    Pattern(String),
    /// It need not be of this form: `email`.
    Form(&'static str),
    /// The two keep so many digits after the point.
    Scale {
        /// The one.
        has: u8,
        /// The other.
        wanted: u8,
    },
    /// An item of the one list is no item of the other.
    Item(Box<Misfit>),
}

/// An end of a type that another one reaches past.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct End {
    /// What is bounded.
    pub of: Measured,
    /// Whether it is the upper end.
    pub upper: bool,
    /// How far the one goes; nothing bounds it otherwise.
    pub has: Option<String>,
    /// How far the other goes.
    pub wanted: String,
}

/// What an end bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measured {
    /// A number itself.
    Value,
    /// Its digits before the point.
    Digits,
    /// The characters of text.
    Characters,
    /// The items of a list.
    Items,
}

impl Type {
    /// Whether every value of this type is one of `target`; empty ones apart, which the types say nothing of.
    ///
    /// # Errors
    ///
    /// The first thing in which a value of this type may be none of `target`.
    pub fn fits_into(&self, target: &Type) -> Result<(), Misfit> {
        match (self, target) {
            (Self::Scalar(from), Self::Scalar(to)) => scalar(from, to),
            (Self::Enum(from), Self::Enum(to)) => same(from == to),
            (Self::Reference(from), Self::Reference(to)) => same(from == to),
            (Self::List(from), Self::List(to)) => {
                let item = from.item.fits_into(&to.item);
                item.map_err(|misfit| match misfit {
                    Misfit::Kind => Misfit::Kind,
                    other => Misfit::Item(Box::new(other)),
                })?;
                least(Measured::Items, Some(from.min), Some(to.min))?;
                most(Measured::Items, from.max, to.max)
            }
            (Self::Scalar(_) | Self::Enum(_) | Self::Reference(_) | Self::List(_), _) => Err(Misfit::Kind),
        }
    }
}

fn scalar(from: &Scalar, to: &Scalar) -> Result<(), Misfit> {
    if let (Some(from), Some(form)) = (Written::of(from), Form::of(to)) {
        return text(&from, form, to);
    }
    match (from, to) {
        (Scalar::Int(from), Scalar::Int(to)) => {
            // Where nothing is said, the numbers that every client can hold are meant.
            let (from_least, from_most) = from.effective();
            let (to_least, to_most) = to.effective();
            if from_least < to_least {
                least(Measured::Value, from.min, Some(to_least))?;
            }
            if from_most > to_most {
                most(Measured::Value, from.max, Some(to_most))?;
            }
            Ok(())
        }
        (Scalar::Float(from), Scalar::Float(to)) => {
            least(Measured::Value, from.min, to.min)?;
            most(Measured::Value, from.max, to.max)
        }
        (
            Scalar::Decimal { precision, scale },
            Scalar::Decimal {
                precision: to_precision,
                scale: to_scale,
            },
        ) => {
            if scale != to_scale {
                return Err(Misfit::Scale {
                    has: *scale,
                    wanted: *to_scale,
                });
            }
            let digits = |precision: u8| precision.saturating_sub(*scale).max(1);
            most(
                Measured::Digits,
                Some(digits(*precision)),
                Some(digits(*to_precision)),
            )
        }
        (Scalar::Bool, Scalar::Bool)
        | (Scalar::Uuid, Scalar::Uuid)
        | (Scalar::Date, Scalar::Date)
        | (Scalar::Time, Scalar::Time)
        | (Scalar::DateTime, Scalar::DateTime)
        | (Scalar::Json, Scalar::Json) => Ok(()),
        (
            Scalar::Text(_)
            | Scalar::Int(_)
            | Scalar::Float(_)
            | Scalar::Decimal { .. }
            | Scalar::Bool
            | Scalar::Uuid
            | Scalar::Date
            | Scalar::Time
            | Scalar::DateTime
            | Scalar::Email
            | Scalar::Url
            | Scalar::Slug { .. }
            | Scalar::Json
            | Scalar::Secret(_),
            _,
        ) => Err(Misfit::Kind),
    }
}

/// What is known of every value of a type that is written as text.
struct Written<'t> {
    least: u32,
    most: Option<u32>,
    /// Whether none begins or ends in white space.
    is_trimmed: bool,
    pattern: Option<&'t str>,
    form: Form,
}

/// The form of text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Any,
    Email,
    Url,
    Slug,
    Secret,
}

impl Form {
    fn of(scalar: &Scalar) -> Option<Form> {
        Written::of(scalar).map(|written| written.form)
    }
}

impl Written<'_> {
    fn of(scalar: &Scalar) -> Option<Written<'_>> {
        let of_form = |form: Form, least: u32, most: u32| Written {
            least,
            most: Some(most),
            is_trimmed: true,
            pattern: None,
            form,
        };
        Some(match scalar {
            Scalar::Text(Text {
                min,
                max,
                trim,
                pattern,
            }) => Written {
                least: *min,
                most: *max,
                is_trimmed: *trim,
                pattern: pattern.as_deref(),
                form: Form::Any,
            },
            // `a@b.c` and `http://a` are the shortest.
            Scalar::Email => of_form(Form::Email, 5, 254),
            Scalar::Url => of_form(Form::Url, 8, 2048),
            Scalar::Slug { min, max } => of_form(Form::Slug, *min, *max),
            Scalar::Secret(length) => of_form(Form::Secret, *length, *length),
            Scalar::Int(_)
            | Scalar::Float(_)
            | Scalar::Decimal { .. }
            | Scalar::Bool
            | Scalar::Uuid
            | Scalar::Date
            | Scalar::Time
            | Scalar::DateTime
            | Scalar::Json => return None,
        })
    }
}

fn text(from: &Written<'_>, form: Form, target: &Scalar) -> Result<(), Misfit> {
    if form != Form::Any && form != from.form {
        return Err(Misfit::Form(target.name()));
    }
    let Some(to) = Written::of(target) else {
        return Err(Misfit::Kind);
    };
    if to.is_trimmed && !from.is_trimmed {
        return Err(Misfit::Untrimmed);
    }
    least(Measured::Characters, Some(from.least), Some(to.least))?;
    most(Measured::Characters, from.most, to.most)?;
    match to.pattern {
        Some(pattern) if from.pattern != Some(pattern) => Err(Misfit::Pattern(pattern.to_owned())),
        _ => Ok(()),
    }
}

fn same(is_same: bool) -> Result<(), Misfit> {
    if is_same { Ok(()) } else { Err(Misfit::Kind) }
}

fn least<N: PartialOrd + Display>(of: Measured, has: Option<N>, wanted: Option<N>) -> Result<(), Misfit> {
    let Some(wanted) = wanted else { return Ok(()) };
    if has.as_ref().is_some_and(|has| *has >= wanted) {
        return Ok(());
    }
    Err(past(of, false, has, wanted))
}

fn most<N: PartialOrd + Display>(of: Measured, has: Option<N>, wanted: Option<N>) -> Result<(), Misfit> {
    let Some(wanted) = wanted else { return Ok(()) };
    if has.as_ref().is_some_and(|has| *has <= wanted) {
        return Ok(());
    }
    Err(past(of, true, has, wanted))
}

fn past<N: Display>(of: Measured, upper: bool, has: Option<N>, wanted: N) -> Misfit {
    Misfit::Past(End {
        of,
        upper,
        has: has.map(|has| has.to_string()),
        wanted: wanted.to_string(),
    })
}

#[cfg(test)]
mod tests;
