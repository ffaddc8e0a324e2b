//! Whether every value of one type is a value of another, as both are on the wire.

use groma_ir::design::{Design, EnumId, Type};
use groma_ir::scalar::{Bounds, Scalar, Text};

/// How the values of a new type lie to those of the old one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fit {
    /// Some value of the old type is none of the new one.
    pub(super) narrower: bool,
    /// Some value of the new type is none of the old one.
    pub(super) wider: bool,
}

impl Fit {
    const SAME: Fit = Fit {
        narrower: false,
        wider: false,
    };
    const OTHER: Fit = Fit {
        narrower: true,
        wider: true,
    };

    fn and(self, other: Fit) -> Fit {
        Fit {
            narrower: self.narrower || other.narrower,
            wider: self.wider || other.wider,
        }
    }
}

/// A type of a design.
pub(super) type Typed<'t> = (&'t Design, &'t Type);

/// How the new type lies to the old one.
pub(super) fn fit((old_in, old): Typed<'_>, (new_in, new): Typed<'_>) -> Fit {
    match (on_wire(old_in, old), on_wire(new_in, new)) {
        (Type::Scalar(old), Type::Scalar(new)) => scalars(old, new),
        (Type::Enum(old), Type::Enum(new)) => {
            let (old, new) = (variants(old_in, *old), variants(new_in, *new));
            Fit {
                narrower: old.iter().any(|name| !new.contains(name)),
                wider: new.iter().any(|name| !old.contains(name)),
            }
        }
        (Type::List(old), Type::List(new)) => {
            let items = fit((old_in, &old.item), (new_in, &new.item));
            items.and(counts((old.min, old.max), (new.min, new.max)))
        }
        (Type::Enum(_), Type::Scalar(Scalar::Text(text))) if is_any_text(text) => Fit {
            narrower: false,
            wider: true,
        },
        (Type::Scalar(Scalar::Text(text)), Type::Enum(_)) if is_any_text(text) => Fit {
            narrower: true,
            wider: false,
        },
        (Type::Scalar(_), Type::Enum(_) | Type::List(_) | Type::Reference(_))
        | (Type::Enum(_), Type::Scalar(_) | Type::List(_) | Type::Reference(_))
        | (Type::List(_), Type::Scalar(_) | Type::Enum(_) | Type::Reference(_))
        | (Type::Reference(_), _) => Fit::OTHER,
    }
}

/// Keys that are references themselves are followed no further than this.
const LONGEST: usize = 8;

/// What a type is on the wire: of a reference the key.
fn on_wire<'t>(design: &'t Design, ty: &'t Type) -> &'t Type {
    let mut ty = ty;
    for _ in 0..LONGEST {
        let Type::Reference(target) = ty else { break };
        let entity = &design.entities[*target];
        ty = &entity.fields[entity.key].ty;
    }
    ty
}

/// The names of an enum's variants.
pub(super) fn variants(design: &Design, of: EnumId) -> Vec<String> {
    let variants = design.enums[of].variants.iter();
    variants.map(|variant| variant.name.clone()).collect()
}

/// The enum of a type, or of its items.
pub(super) fn enum_of(ty: &Type) -> Option<EnumId> {
    match ty {
        Type::Enum(of) => Some(*of),
        // A list holds no list.
        Type::List(list) => enum_of(&list.item),
        Type::Scalar(_) | Type::Reference(_) => None,
    }
}

fn is_any_text(text: &Text) -> bool {
    text.min <= 1 && text.max.is_none() && text.pattern.is_none()
}

fn scalars(old: &Scalar, new: &Scalar) -> Fit {
    match (old, new) {
        _ if old == new => Fit::SAME,
        (Scalar::Text(old), Scalar::Text(new)) => texts(old, new),
        (Scalar::Int(old), Scalar::Int(new)) => {
            let (old, new) = (old.effective(), new.effective());
            between((Some(old.0), Some(old.1)), (Some(new.0), Some(new.1)))
        }
        (Scalar::Float(old), Scalar::Float(new)) => between((old.min, old.max), (new.min, new.max)),
        (Scalar::Int(_), Scalar::Float(Bounds { min: None, max: None })) => Fit {
            narrower: false,
            wider: true,
        },
        (
            Scalar::Decimal { precision, scale },
            Scalar::Decimal {
                precision: new_precision,
                scale: new_scale,
            },
        ) => {
            let whole = |precision: u8, scale: u8| precision.saturating_sub(scale);
            let (old, new) = (whole(*precision, *scale), whole(*new_precision, *new_scale));
            Fit {
                narrower: new < old || new_scale < scale,
                wider: new > old || new_scale > scale,
            }
        }
        (Scalar::Slug { min, max }, Scalar::Slug { min: low, max: high }) => {
            counts((*min, Some(*max)), (*low, Some(*high)))
        }
        (old, Scalar::Text(new)) if is_text(old) && is_any_text(new) => Fit {
            narrower: false,
            wider: true,
        },
        (Scalar::Text(old), new) if is_text(new) && is_any_text(old) => Fit {
            narrower: true,
            wider: false,
        },
        _ => Fit::OTHER,
    }
}

/// Whether a value is a JSON string.
fn is_text(scalar: &Scalar) -> bool {
    match scalar {
        Scalar::Text(_)
        | Scalar::Uuid
        | Scalar::Date
        | Scalar::Time
        | Scalar::DateTime
        | Scalar::Email
        | Scalar::Url
        | Scalar::Slug { .. }
        | Scalar::Secret(_) => true,
        Scalar::Int(_) | Scalar::Float(_) | Scalar::Decimal { .. } | Scalar::Bool | Scalar::Json => false,
    }
}

fn texts(old: &Text, new: &Text) -> Fit {
    let lengths = counts((old.min, old.max), (new.min, new.max));
    let patterns = match (&old.pattern, &new.pattern) {
        (old, new) if old == new => Fit::SAME,
        (Some(_), None) => Fit {
            narrower: false,
            wider: true,
        },
        (None, Some(_)) => Fit {
            narrower: true,
            wider: false,
        },
        _ => Fit::OTHER,
    };
    lengths.and(patterns)
}

fn counts(old: (u32, Option<u32>), new: (u32, Option<u32>)) -> Fit {
    between((Some(old.0), old.1), (Some(new.0), new.1))
}

/// How one range lies to another; an end that is not there is infinite.
fn between<N: PartialOrd + Copy>(old: (Option<N>, Option<N>), new: (Option<N>, Option<N>)) -> Fit {
    let rises = |from: Option<N>, to: Option<N>| match (from, to) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(from), Some(to)) => to > from,
    };
    let falls = |from: Option<N>, to: Option<N>| match (from, to) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(from), Some(to)) => to < from,
    };
    Fit {
        narrower: rises(old.0, new.0) || falls(old.1, new.1),
        wider: rises(new.0, old.0) || falls(new.1, old.1),
    }
}
