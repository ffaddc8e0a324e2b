//! The query parameters of a route.

use super::super::{Operation, Operator, Param, ParamKind};
use crate::design::{Design, Entity, FieldId, List, ListShape, NamedFilter, PageMode, Resource, Sort, Type};
use crate::scalar::Scalar;

/// The query parameters that an operation of a resource takes.
pub(super) fn of(design: &Design, resource: &Resource, operation: Operation) -> Vec<Param> {
    let entity = &design.entities[resource.entity];
    let mut params = Vec::new();
    match operation {
        Operation::List => {
            if let Some(list) = &resource.list {
                list_params(entity, list, &mut params);
                narrowing(entity, &list.include, &mut params);
            }
        }
        Operation::Get => {
            let include = resource.read.as_ref().map_or(&[][..], |read| &read.include);
            narrowing(entity, include, &mut params);
        }
        Operation::Create
        | Operation::Update
        | Operation::Replace
        | Operation::Delete
        | Operation::Action(_)
        | Operation::Report(_) => {}
    }
    params
}

fn list_params(entity: &Entity, list: &List, params: &mut Vec<Param>) {
    for filter in &list.filters {
        filters(entity, filter.field, params);
    }
    for (index, filter) in list.named.iter().enumerate() {
        params.push(named(index, filter));
    }
    params.extend(search(entity, &list.search));
    params.extend(sort(entity, &list.sort));
    params.push(Param {
        name: String::from("limit"),
        kind: ParamKind::Limit {
            default: list.page.default,
            max: list.page.max,
        },
        doc: String::from("How many items a page holds at most."),
    });
    params.push(match list.page.mode {
        PageMode::Cursor => Param {
            name: String::from("cursor"),
            kind: ParamKind::Cursor,
            doc: String::from(
                "Where to go on: `next_cursor` of the page before, with the same filters and sort.",
            ),
        },
        PageMode::Offset => Param {
            name: String::from("offset"),
            kind: ParamKind::Offset,
            doc: String::from("How many items to pass over."),
        },
    });
    params.push(Param {
        name: String::from("count"),
        kind: ParamKind::Count,
        doc: String::from(match &list.shape {
            ListShape::Array => {
                "`true` adds the header `X-Total-Count`: how many items there are on all pages."
            }
            ListShape::Object { .. } => "`true` adds `total`: how many items there are on all pages.",
        }),
    });
}

fn filters(entity: &Entity, field: FieldId, params: &mut Vec<Param>) {
    let declared = &entity.fields[field];
    for operator in operators(&declared.ty, declared.optional) {
        params.push(Param {
            name: format!("{}{}", declared.wire, operator.suffix()),
            kind: ParamKind::Filter {
                field,
                operator,
                ty: value_type(&declared.ty, operator),
            },
            doc: filter_doc(&declared.wire, operator, &declared.ty),
        });
    }
}

fn operators(ty: &Type, optional: bool) -> Vec<Operator> {
    let mut operators = match ty {
        Type::List(_) | Type::Scalar(Scalar::Bool) => vec![Operator::Eq],
        Type::Enum(_) | Type::Reference(_) | Type::Scalar(Scalar::Uuid | Scalar::Secret(_)) => {
            vec![Operator::Eq, Operator::Ne, Operator::In]
        }
        Type::Scalar(Scalar::Json) => Vec::new(),
        Type::Scalar(scalar) if scalar.is_ordered() => vec![
            Operator::Eq,
            Operator::Ne,
            Operator::In,
            Operator::Gt,
            Operator::Gte,
            Operator::Lt,
            Operator::Lte,
        ],
        Type::Scalar(_) => {
            vec![
                Operator::Eq,
                Operator::Ne,
                Operator::In,
                Operator::Contains,
                Operator::StartsWith,
            ]
        }
    };
    if optional {
        operators.push(Operator::Null);
    }
    operators
}

fn value_type(ty: &Type, operator: Operator) -> Type {
    match (ty, operator) {
        (_, Operator::Null) => Type::Scalar(Scalar::Bool),
        (Type::List(list), _) => list.item.clone(),
        (_, Operator::Contains | Operator::StartsWith) => {
            Type::Scalar(Scalar::Text(crate::scalar::Text::default()))
        }
        (ty, _) => ty.clone(),
    }
}

fn filter_doc(name: &str, operator: Operator, ty: &Type) -> String {
    match operator {
        Operator::Eq if matches!(ty, Type::List(_)) => {
            format!("Keeps items whose `{name}` hold this value; repeat it for any of several.")
        }
        Operator::Eq => format!("Keeps items whose `{name}` is this; repeat it for any of several."),
        Operator::Ne => format!("Keeps items whose `{name}` is not this, or is empty."),
        Operator::In => format!("Keeps items whose `{name}` is one of these, comma-separated."),
        Operator::Null => format!("`true` keeps items whose `{name}` is empty, `false` the others."),
        Operator::Gt => format!("Keeps items whose `{name}` is greater than this."),
        Operator::Gte => format!("Keeps items whose `{name}` is this or greater."),
        Operator::Lt => format!("Keeps items whose `{name}` is less than this."),
        Operator::Lte => format!("Keeps items whose `{name}` is this or less."),
        Operator::Contains => format!("Keeps items whose `{name}` contains this, in any case."),
        Operator::StartsWith => format!("Keeps items whose `{name}` starts with this, in any case."),
    }
}

fn named(index: usize, filter: &NamedFilter) -> Param {
    let values: Vec<String> = filter.options.iter().map(|option| option.name.clone()).collect();
    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    Param {
        name: filter.name.clone(),
        doc: format!("Keeps a named part of the items: {}.", quoted.join(", ")),
        kind: ParamKind::Named {
            filter: index,
            values,
        },
    }
}

fn search(entity: &Entity, fields: &[FieldId]) -> Option<Param> {
    let names: Vec<String> = fields
        .iter()
        .map(|field| format!("`{}`", entity.fields[*field].wire))
        .collect();
    (!fields.is_empty()).then(|| Param {
        name: String::from("q"),
        kind: ParamKind::Search {
            fields: fields.to_vec(),
        },
        doc: format!(
            "Keeps items in which every word stands in {}, in any case.",
            names.join(" or ")
        ),
    })
}

fn sort(entity: &Entity, sorts: &[Sort]) -> Option<Param> {
    let first = sorts.first()?;
    let sign = if first.descending { "-" } else { "" };
    let fields = sorts
        .iter()
        .map(|sort| (entity.fields[sort.field].wire.clone(), sort.field))
        .collect();
    Some(Param {
        name: String::from("sort"),
        kind: ParamKind::Sort {
            fields,
            default: format!("{sign}{}", entity.fields[first.field].wire),
        },
        doc: String::from(
            "Names to sort by, comma-separated; `-` before a name puts the largest first. Empty values come last.",
        ),
    })
}

fn narrowing(entity: &Entity, include: &[FieldId], params: &mut Vec<Param>) {
    if !include.is_empty() {
        let references = include
            .iter()
            .map(|field| (entity.fields[*field].name.clone(), *field))
            .collect();
        params.push(Param {
            name: String::from("include"),
            kind: ParamKind::Include { references },
            doc: String::from("References to embed, comma-separated."),
        });
    }
    let names = entity
        .fields
        .iter()
        .filter(|field| field.leaves())
        .map(|field| field.wire.clone());
    params.push(Param {
        name: String::from("fields"),
        kind: ParamKind::Fields {
            names: names.collect(),
        },
        doc: String::from("Members to answer with, comma-separated; all of them when left out."),
    });
}
