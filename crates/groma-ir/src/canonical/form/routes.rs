//! The form of resources and their routes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Cond, Rate};

/// What stands before a route.
#[derive(Serialize, JsonSchema)]
pub(in crate::canonical) struct Admission {
    /// Whether it answers without a token.
    pub(in crate::canonical) public: bool,
    /// How often each may call this route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) limit: Option<Rate>,
}

/// A set of routes for one entity.
#[derive(Serialize, JsonSchema)]
pub(in crate::canonical) struct Resource {
    pub(in crate::canonical) path: String,
    pub(in crate::canonical) entity: String,
    /// The field in the item's path.
    pub(in crate::canonical) by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) list: Option<ListRoute>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) create: Option<Create>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) read: Option<Read>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) update: Option<Write>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) replace: Option<Write>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) delete: Option<Delete>,
    pub(in crate::canonical) actions: Vec<String>,
    /// The method and the path of actions that have one of their own.
    pub(in crate::canonical) at: BTreeMap<String, String>,
    /// What stands before actions, where it is not as usual.
    pub(in crate::canonical) admission: BTreeMap<String, Admission>,
    pub(in crate::canonical) reports: Vec<Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) doc: Option<String>,
}

/// A list of rows.
#[derive(Serialize, JsonSchema)]
pub(in crate::canonical) struct ListRoute {
    pub(in crate::canonical) filters: Vec<String>,
    /// By name, then by value; null keeps every row.
    pub(in crate::canonical) named_filters: BTreeMap<String, Vec<NamedOption>>,
    pub(in crate::canonical) search: Vec<String>,
    /// `-` before a name: largest first. The first one is the default.
    pub(in crate::canonical) sort: Vec<String>,
    /// `cursor` or `offset`.
    pub(in crate::canonical) page: &'static str,
    pub(in crate::canonical) page_default: u32,
    pub(in crate::canonical) page_max: u32,
    /// The member that holds the rows; absent for a bare array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) items: Option<String>,
    pub(in crate::canonical) include: Vec<String>,
    #[serde(flatten)]
    pub(in crate::canonical) admission: Admission,
}

/// One value of a named filter.
#[derive(Serialize, JsonSchema)]
pub(in crate::canonical) struct NamedOption {
    pub(in crate::canonical) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) when: Option<Cond>,
}

/// How rows are made.
#[derive(Serialize, JsonSchema)]
pub(in crate::canonical) struct Create {
    pub(in crate::canonical) accept: Vec<String>,
    pub(in crate::canonical) status: u16,
    #[serde(flatten)]
    pub(in crate::canonical) admission: Admission,
}

/// How one row is read.
#[derive(Serialize, JsonSchema)]
pub(in crate::canonical) struct Read {
    pub(in crate::canonical) include: Vec<String>,
    #[serde(flatten)]
    pub(in crate::canonical) admission: Admission,
}

/// How rows are changed.
#[derive(Serialize, JsonSchema)]
pub(in crate::canonical) struct Write {
    pub(in crate::canonical) accept: Vec<String>,
    /// Whether a row that is not there is made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::canonical) makes: bool,
    /// Whether `If-Match` must be sent.
    pub(in crate::canonical) require_match: bool,
    #[serde(flatten)]
    pub(in crate::canonical) admission: Admission,
}

/// How rows are removed.
#[derive(Serialize, JsonSchema)]
pub(in crate::canonical) struct Delete {
    /// Whether `If-Match` must be sent.
    pub(in crate::canonical) require_match: bool,
    #[serde(flatten)]
    pub(in crate::canonical) admission: Admission,
}

/// Numbers over rows.
#[derive(Serialize, JsonSchema)]
pub(in crate::canonical) struct Report {
    pub(in crate::canonical) name: String,
    pub(in crate::canonical) measures: Vec<Measure>,
    #[serde(flatten)]
    pub(in crate::canonical) admission: Admission,
}

/// One number, or one for each value of a field.
#[derive(Serialize, JsonSchema)]
pub(in crate::canonical) struct Measure {
    pub(in crate::canonical) name: String,
    /// `count`, `sum`, `avg`, `min` or `max`.
    pub(in crate::canonical) aggregate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) per: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::canonical) when: Option<Cond>,
}
