//! What situations differ in, and the values that it can take.

use std::cmp::Ordering;

use groma_ir::design::{
    ClaimId, Compare, Design, EntityId, EnumId, FieldId, InputId, Row, Type, Value, VariantId,
};
use groma_ir::scalar::Scalar;

/// A stored value of the row that rules are about, or of a row that its references lead to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Spot {
    /// Where the way starts.
    pub row: Row,
    /// The references on the way; empty for the row itself.
    pub way: Vec<FieldId>,
    /// The entity at its end.
    pub entity: EntityId,
    /// The field there.
    pub field: FieldId,
}

/// What ties the caller to the row that rules are about, or to a row that its references lead to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tie {
    /// Where the way starts.
    pub row: Row,
    /// The references on the way; empty for the row itself.
    pub way: Vec<FieldId>,
    /// The entity at its end.
    pub entity: EntityId,
    /// What ties people to its rows.
    pub link: EntityId,
}

/// A value that can be compared with another one that is not a literal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Operand {
    /// A stored value.
    Field(Spot),
    /// What the token says.
    Claim(ClaimId),
    /// The caller's key.
    Caller,
    /// The clock, so many seconds later.
    Now(i64),
    /// An input of an action.
    Input(InputId),
    /// A literal beside something that has no ranges.
    Literal(String),
}

/// Something that situations can differ in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Variable {
    /// The kind of caller, by its place among [`groma_ir::access::kinds_of_caller`].
    Caller,
    /// Whether the user that the reference names is the caller.
    IsCaller(Spot),
    /// At which level the caller is tied to a row, if at all.
    Level(Tie),
    /// In which of its ranges a stored value lies.
    Field(Spot),
    /// In which of its ranges a claim lies.
    Claim(ClaimId),
    /// How two values compare.
    Order(Operand, Operand),
    /// Whether a reference into a table of somebody else leads to a row that is gone.
    Gone(Spot),
}

/// One of the ranges that rules can tell apart.
#[derive(Clone, PartialEq, Debug)]
pub enum Region {
    /// Empty, or absent.
    None,
    /// `false`, or no.
    False,
    /// `true`, or yes.
    True,
    /// A variant.
    Variant(EnumId, VariantId),
    /// This value.
    Is(Literal),
    /// Less than this.
    Below(Literal),
    /// Between these two.
    Between(Literal, Literal),
    /// Greater than this.
    Above(Literal),
    /// Unlike every value that a rule names.
    Other,
    /// A kind of caller.
    Caller(usize),
    /// The left one is less.
    Less,
    /// Both are the same.
    Equal,
    /// The left one is greater.
    Greater,
    /// They are not the same.
    Unequal,
}

/// A literal that can be compared with others of its type.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// A whole number; also a decimal without its point.
    Int(i128),
    /// A decimal: all digits, and how many stand after the point.
    Decimal(i128, u8),
    /// A floating-point number.
    Float(f64),
    /// Text; also the canonical text of a date or time, whose order is that of the text.
    Text(String),
}

impl Literal {
    /// The literal of a value beside something of this type; nothing for what has no ranges.
    pub(crate) fn of(ty: Option<&Type>, value: &Value) -> Option<Self> {
        match (value, ty) {
            (Value::Int(number), Some(Type::Scalar(Scalar::Decimal { scale, .. }))) => {
                let factor = 10_i128.checked_pow(u32::from(*scale))?;
                Some(Self::Decimal(i128::from(*number).checked_mul(factor)?, *scale))
            }
            (Value::Int(number), Some(Type::Scalar(Scalar::Float(_)))) => {
                // A float field is compared as a float; what a literal loses above 2^53 the field loses too.
                #[expect(clippy::cast_precision_loss, reason = "as the field itself does")]
                let number = *number as f64;
                Some(Self::Float(number))
            }
            (Value::Int(number), _) => Some(Self::Int(i128::from(*number))),
            // Minus zero is zero.
            (Value::Float(number), _) => Some(Self::Float(*number + 0.0)),
            (Value::Text(text), Some(Type::Scalar(Scalar::Decimal { scale, .. }))) => decimal(text, *scale),
            (Value::Text(text), _) => Some(Self::Text(text.clone())),
            (Value::None | Value::Bool(_) | Value::Variant(..) | Value::List(_), _) => None,
        }
    }

    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) | (Self::Decimal(left, _), Self::Decimal(right, _)) => {
                left.cmp(right)
            }
            (Self::Float(left), Self::Float(right)) => left.total_cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            // Literals beside one field are of its type.
            (left, right) => left.rank().cmp(&right.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Int(_) => 0,
            Self::Decimal(..) => 1,
            Self::Float(_) => 2,
            Self::Text(_) => 3,
        }
    }

    /// Whether no value lies between this one and the next.
    fn touches(&self, next: &Self) -> bool {
        match (self, next) {
            (Self::Int(low), Self::Int(high)) | (Self::Decimal(low, _), Self::Decimal(high, _)) => {
                high - low <= 1
            }
            _ => false,
        }
    }
}

/// `12.5` with a scale of 2 as 1250.
fn decimal(text: &str, scale: u8) -> Option<Literal> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{part:0<width$}", width = usize::from(scale));
    Some(Literal::Decimal(digits.parse().ok()?, scale))
}

impl std::fmt::Display for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(number) => write!(f, "{number}"),
            Self::Decimal(digits, 0) => write!(f, "{digits}"),
            Self::Decimal(digits, scale) => {
                let width = usize::from(*scale) + 1;
                let text = format!("{:0>width$}", digits.unsigned_abs());
                let (whole, part) = text.split_at(text.len() - usize::from(*scale));
                write!(f, "{}{whole}.{part}", if *digits < 0 { "-" } else { "" })
            }
            Self::Float(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "\"{text}\""),
        }
    }
}

/// What is known of a stored value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept<'t> {
    /// Its type; of a claim that no rule knows the type of, none.
    pub(crate) ty: Option<&'t Type>,
    /// Whether it may be empty.
    pub(crate) optional: bool,
    /// Whether somebody else writes it, and may write what the design does not know: that counts as empty.
    pub(crate) foreign: bool,
}

/// The ranges of a value, cut at the literals that rules name; the plainest first.
pub(crate) fn regions(design: &Design, kept: Kept<'_>, cuts: &[Literal]) -> Vec<Region> {
    let mut regions = Vec::new();
    match kept.ty {
        Some(Type::Scalar(Scalar::Bool)) => regions.extend([Region::False, Region::True]),
        Some(Type::Enum(of)) => {
            let variants = design.enums[*of].variants.ids();
            regions.extend(variants.map(|variant| Region::Variant(*of, variant)));
        }
        Some(Type::Scalar(scalar)) if scalar.is_ordered() => {
            let bounds = if kept.foreign {
                (None, None)
            } else {
                bounds(scalar)
            };
            ordered(bounds, cuts, &mut regions);
        }
        Some(Type::Scalar(_) | Type::Reference(_) | Type::List(_)) | None => {
            regions.push(Region::Other);
            regions.extend(cuts.iter().cloned().map(Region::Is));
        }
    }
    if kept.optional {
        regions.insert(0, Region::None);
    } else if kept.foreign {
        regions.push(Region::None);
    }
    regions
}

fn ordered((min, max): (Option<Literal>, Option<Literal>), cuts: &[Literal], regions: &mut Vec<Region>) {
    let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else {
        regions.push(Region::Other);
        return;
    };
    if min.as_ref().is_none_or(|min| min.order(first).is_lt()) {
        regions.push(Region::Below(first.clone()));
    }
    for (at, cut) in cuts.iter().enumerate() {
        let is_low = min.as_ref().is_some_and(|min| cut.order(min).is_lt());
        let is_high = max.as_ref().is_some_and(|max| cut.order(max).is_gt());
        if !is_low && !is_high {
            regions.push(Region::Is(cut.clone()));
        }
        if let Some(next) = cuts.get(at + 1).filter(|next| !cut.touches(next)) {
            regions.push(Region::Between(cut.clone(), next.clone()));
        }
    }
    if max.as_ref().is_none_or(|max| last.order(max).is_lt()) {
        regions.push(Region::Above(last.clone()));
    }
}

fn bounds(scalar: &Scalar) -> (Option<Literal>, Option<Literal>) {
    match scalar {
        Scalar::Int(bounds) => {
            let (min, max) = bounds.effective();
            (Some(Literal::Int(min.into())), Some(Literal::Int(max.into())))
        }
        Scalar::Float(bounds) => (bounds.min.map(Literal::Float), bounds.max.map(Literal::Float)),
        _ => (None, None),
    }
}

impl Region {
    /// How a value in this range compares with a literal at which the ranges are cut.
    pub(crate) fn order(&self, literal: &Literal) -> Option<Ordering> {
        match self {
            Self::Is(value) => Some(value.order(literal)),
            Self::Above(_) => Some(Ordering::Greater),
            // No cut lies between its ends.
            Self::Between(_, high) if high.order(literal).is_gt() => Some(Ordering::Greater),
            Self::Below(_) | Self::Between(..) => Some(Ordering::Less),
            _ => None,
        }
    }
}

/// What a comparison says when the sides compare so.
pub(crate) fn compares(op: Compare, order: Ordering) -> bool {
    match op {
        Compare::Eq => order.is_eq(),
        Compare::Ne => order.is_ne(),
        Compare::Lt => order.is_lt(),
        Compare::Le => order.is_le(),
        Compare::Gt => order.is_gt(),
        Compare::Ge => order.is_ge(),
    }
}

/// The same comparison with its sides exchanged.
pub(crate) fn flipped(op: Compare) -> Compare {
    match op {
        Compare::Eq => Compare::Eq,
        Compare::Ne => Compare::Ne,
        Compare::Lt => Compare::Gt,
        Compare::Le => Compare::Ge,
        Compare::Gt => Compare::Lt,
        Compare::Ge => Compare::Le,
    }
}
