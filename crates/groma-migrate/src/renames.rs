//! What a design says that tables, columns and values were called before.

use std::collections::BTreeMap;

use groma_ir::Model;

/// New names, and the old ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Renames {
    /// Tables: the new name to the old one.
    pub tables: BTreeMap<String, String>,
    /// Columns: the new name of the table and the new name of the column to the old one.
    pub columns: BTreeMap<(String, String), String>,
    /// Values that columns hold: the new names of table and column to pairs of an old and a new value.
    pub values: BTreeMap<(String, String), Vec<(String, String)>>,
}

impl Renames {
    /// All that a design says by `was`.
    pub fn of(model: &Model) -> Self {
        let mut renames = Self::default();
        for table in &model.tables {
            if !table.managed {
                continue;
            }
            let old = table.was.iter().map(|was| (table.name.clone(), was.clone()));
            renames.tables.extend(old);
            for column in &table.columns {
                let place = (table.name.clone(), column.name.clone());
                let old = column.was.iter().map(|was| (place.clone(), was.clone()));
                renames.columns.extend(old);
                let Some(of) = column.variants else { continue };
                let variants = model.design.enums[of].variants.iter();
                let values: Vec<_> = variants
                    .filter_map(|variant| Some((variant.was.clone()?, variant.name.clone())))
                    .collect();
                if !values.is_empty() {
                    renames.values.insert(place, values);
                }
            }
        }
        renames
    }
}
