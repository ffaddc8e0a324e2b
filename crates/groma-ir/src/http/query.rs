//! Query parameters.

use crate::design::{FieldId, Type};

/// The most values that one filter takes.
pub const MOST_VALUES: usize = 100;

/// A query parameter of one route.
#[derive(Clone, PartialEq, Debug)]
pub struct Param {
    /// Its name: `due__gte`.
    pub name: String,
    /// What it does.
    pub kind: ParamKind,
    /// What it means, as one sentence.
    pub doc: String,
}

/// What a query parameter does.
#[derive(Clone, PartialEq, Debug)]
pub enum ParamKind {
    /// Keeps rows by a field.
    Filter {
        /// The field.
        field: FieldId,
        /// How it is compared.
        operator: Operator,
        /// What a value must be: the field's type, the item's type for a list.
        ty: Type,
    },
    /// Keeps rows by a named filter: its index among `List::named`.
    Named {
        /// The index.
        filter: usize,
        /// The values, in order.
        values: Vec<String>,
    },
    /// `q`: every word must be in one of the searched fields, case-insensitive.
    Search {
        /// The fields.
        fields: Vec<FieldId>,
    },
    /// `sort`: comma-separated names, `-` for largest first.
    Sort {
        /// The names that may stand here, with their fields.
        fields: Vec<(String, FieldId)>,
        /// The order when the caller says nothing: `-created_at`.
        default: String,
    },
    /// `limit`: rows of a page.
    Limit {
        /// When the caller says nothing.
        default: u32,
        /// The most.
        max: u32,
    },
    /// `cursor`: where the last page ended; opaque.
    Cursor,
    /// `offset`: rows to pass over.
    Offset,
    /// `count=true`: adds `total`.
    Count,
    /// `include`: references to embed, comma-separated.
    Include {
        /// The names that may stand here, with their fields.
        references: Vec<(String, FieldId)>,
    },
    /// `fields`: members of the item to answer with, comma-separated.
    Fields {
        /// The names that may stand here.
        names: Vec<String>,
    },
}

/// How a filter compares.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operator {
    /// `field=a&field=b`: any of them. For a list field: it holds any of them.
    Eq,
    /// `field__ne=a`: not this one; empty rows are kept.
    Ne,
    /// `field__in=a,b`: any of them.
    In,
    /// `field__null=true`: is empty, or is not.
    Null,
    /// `field__gt=a`.
    Gt,
    /// `field__gte=a`.
    Gte,
    /// `field__lt=a`.
    Lt,
    /// `field__lte=a`.
    Lte,
    /// `field__contains=a`, case-insensitive.
    Contains,
    /// `field__startswith=a`, case-insensitive.
    StartsWith,
}

impl Operator {
    /// What follows the field's name: `__gte`, or nothing for equality.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Eq => "",
            Self::Ne => "__ne",
            Self::In => "__in",
            Self::Null => "__null",
            Self::Gt => "__gt",
            Self::Gte => "__gte",
            Self::Lt => "__lt",
            Self::Lte => "__lte",
            Self::Contains => "__contains",
            Self::StartsWith => "__startswith",
        }
    }

    /// Whether the parameter may be given more than once.
    pub fn is_repeatable(self) -> bool {
        self == Self::Eq
    }
}
