//! Values of query parameters.

use groma_ir::design::Type;
use groma_ir::http::{Operator, Param, ParamKind, Route};
use serde_json::{Value, json};

use super::Examples;

impl Examples<'_> {
    /// A value of a query parameter that a server takes at any time; none for a cursor, which only a server makes.
    pub(crate) fn parameter(self, route: &Route, param: &Param) -> Option<Value> {
        let value = match &param.kind {
            ParamKind::Filter { field, operator, ty } => {
                let now = self.filled(route, *field, ty);
                match operator {
                    Operator::Eq => json!([now]),
                    Operator::In => {
                        let next = self.changed(route.entity, *field);
                        if next == now {
                            json!([now])
                        } else {
                            json!([now, next])
                        }
                    }
                    Operator::Null => json!(true),
                    Operator::Contains | Operator::StartsWith => {
                        json!(
                            now.as_str()
                                .and_then(|text| text.split(' ').next())
                                .unwrap_or("a")
                        )
                    }
                    Operator::Ne | Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte => now,
                }
            }
            ParamKind::Named { values, .. } => {
                json!(values.iter().find(|name| *name != "all").or(values.first())?)
            }
            ParamKind::Search { fields } => {
                let text = self.field(route.entity, *fields.first()?);
                json!(
                    text.as_str()
                        .and_then(|text| text.split(' ').next_back())
                        .unwrap_or("report")
                )
            }
            ParamKind::Sort { default, .. } => json!([default]),
            ParamKind::Limit { default, .. } => json!(default),
            ParamKind::Cursor => return None,
            ParamKind::Offset => json!(0),
            ParamKind::Count => json!(true),
            ParamKind::Include { references } => {
                json!(
                    references
                        .iter()
                        .map(|(name, _)| name.as_str())
                        .collect::<Vec<_>>()
                )
            }
            ParamKind::Fields { names } => json!(names.iter().take(2).collect::<Vec<_>>()),
        };
        Some(value)
    }

    /// The field's value in the example row, or one of its type where the row has none; for a list, its first item.
    fn filled(self, route: &Route, field: groma_ir::design::FieldId, ty: &Type) -> Value {
        let declared = self.entity(route.entity);
        let value = match self.field(route.entity, field) {
            Value::Array(items) => items.into_iter().next().unwrap_or(Value::Null),
            other => other,
        };
        if value.is_null() {
            self.of_type(ty, super::place(&declared.name, &declared.fields[field].name))
        } else {
            value
        }
    }
}
