//! The names of components: bodies have theirs from the http view; narrowed items and enums take free ones.

use std::collections::{BTreeMap, BTreeSet};

use groma_ir::design::EnumId;
use groma_ir::http::{ParamKind, SchemaId};
use groma_ir::{Id as _, Model};

/// The names that the http view does not give.
pub(super) struct Names {
    parts: BTreeMap<SchemaId, String>,
    enums: Vec<String>,
}

impl Names {
    /// Finds a free name for each, always the same one.
    pub(super) fn new(model: &Model) -> Self {
        let http = &model.http;
        let mut taken: BTreeSet<String> = http.schemas.iter().map(|schema| schema.name.clone()).collect();
        let enums = model
            .design
            .enums
            .iter()
            .map(|declared| free(&declared.name, "Enum", &mut taken))
            .collect();
        let narrowed = http.groups.iter().filter(|group| {
            http.routes_of(group).any(|route| {
                route
                    .query
                    .iter()
                    .any(|param| matches!(param.kind, ParamKind::Fields { .. }))
            })
        });
        let mut parts = BTreeMap::new();
        for group in narrowed {
            let wanted = format!("{}Fields", http.schemas[group.item].name);
            parts
                .entry(group.item)
                .or_insert_with(|| free(&wanted, "", &mut taken));
        }
        Self { parts, enums }
    }

    /// The name of an item of which `fields=` answers a part; none, when no route takes that parameter.
    pub(super) fn part(&self, item: SchemaId) -> Option<&str> {
        self.parts.get(&item).map(String::as_str)
    }

    /// The name of an enum.
    pub(super) fn of_enum(&self, id: EnumId) -> &str {
        match self.enums.get(id.index()) {
            Some(name) => name,
            None => unreachable!("every enum is named"),
        }
    }
}

/// The name, or the name with the suffix, or with the first number that makes it free.
fn free(wanted: &str, suffix: &str, taken: &mut BTreeSet<String>) -> String {
    let suffixed = format!("{wanted}{suffix}");
    let numbered = (2..).map(|number| format!("{suffixed}{number}"));
    let mut names = [wanted.to_owned(), suffixed.clone()].into_iter().chain(numbered);
    let name = names.find(|name| !taken.contains(name));
    let name = name.unwrap_or_else(|| unreachable!("the numbers do not end"));
    taken.insert(name.clone());
    name
}
