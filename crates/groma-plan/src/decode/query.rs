//! The query string: filters, search, order, page, embedding, narrowing.

mod reading;

use std::collections::HashSet;

use groma_ir::Id;
use groma_ir::design::{Design, FieldId, Type};
use groma_ir::http::{ErrorCode, Param, ParamKind, Route};
use groma_ir::scalar::{SAFE_INT, StorageClass};
use groma_ir::{Model, design::EntityId};
use xxhash_rust::xxh3::Xxh3;

use super::percent;
use super::shape::One;
use crate::failure::{Mistake, Mistakes};
use crate::nearest::{hint, shown};
use crate::{Value, cursor};
use reading::Reading;

/// What a query asks for, with every default in its place.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Query {
    /// The filters that were sent, in the order of the route's parameters.
    pub filters: Vec<Filter>,
    /// The words of `q`, folded; each must be found.
    pub words: Vec<String>,
    /// The order, down to a field that no two rows share.
    pub sort: Vec<SortTerm>,
    /// Rows of a page.
    pub limit: u32,
    /// Rows to pass over.
    pub offset: u64,
    /// The sort values of the last row of the page before.
    pub after: Option<Vec<Value>>,
    /// Whether the total is asked for.
    pub count: bool,
    /// The references to embed, in the design's order.
    pub include: Vec<FieldId>,
    /// Which members of the item to answer with, in its order; nothing means all.
    pub fields: Option<Vec<bool>>,
    /// What a cursor of this query carries: a digest of route, parents, filters and order.
    pub digest: u64,
}

/// A filter that was sent.
#[derive(Clone, PartialEq, Debug)]
pub struct Filter {
    /// Which parameter of the route.
    pub param: usize,
    /// What it keeps.
    pub test: Test,
}

/// What a filter keeps.
#[derive(Clone, PartialEq, Debug)]
pub enum Test {
    /// Rows that compare so with these values; more than one only where any may match.
    Values(Vec<Value>),
    /// Rows that are empty there, or that are not.
    Null(bool),
    /// An option of a named filter, by its index.
    Option(usize),
}

/// One term of an order.
#[derive(Clone, PartialEq, Debug)]
pub struct SortTerm {
    /// The field.
    pub field: FieldId,
    /// Largest first.
    pub descending: bool,
    /// Whether rows may be empty there.
    pub nullable: bool,
    /// How its values are kept.
    pub class: StorageClass,
    /// For an enum: its names, in order; rows sort by their index.
    pub variants: Vec<String>,
}

/// How a route reads its query.
#[derive(Debug)]
pub(crate) struct QueryPlan {
    id: String,
    params: Vec<ParamPlan>,
    sortable: Vec<SortTerm>,
    default_sort: Vec<(FieldId, bool)>,
    key: SortTerm,
    default_limit: u32,
}

#[derive(Debug)]
struct ParamPlan {
    param: Param,
    shape: Option<One>,
}

impl QueryPlan {
    pub(crate) fn new(model: &Model, route: &Route) -> Self {
        let entity = &model.design.entities[route.entity];
        let mut plan = Self {
            id: route.operation_id.clone(),
            params: Vec::new(),
            sortable: Vec::new(),
            default_sort: Vec::new(),
            key: sort_term(model, route.entity, entity.key),
            default_limit: 0,
        };
        for param in &route.query {
            let mut shape = None;
            match &param.kind {
                ParamKind::Filter { ty, .. } => shape = Some(One::of(&model.design, ty)),
                ParamKind::Limit { default, .. } => plan.default_limit = *default,
                ParamKind::Sort { fields, default } => {
                    plan.sortable = fields
                        .iter()
                        .map(|(_, field)| sort_term(model, route.entity, *field))
                        .collect();
                    plan.default_sort = named_terms(fields, default).unwrap_or_default();
                }
                ParamKind::Named { .. }
                | ParamKind::Search { .. }
                | ParamKind::Cursor
                | ParamKind::Offset
                | ParamKind::Count
                | ParamKind::Include { .. }
                | ParamKind::Fields { .. } => {}
            }
            plan.params.push(ParamPlan {
                param: param.clone(),
                shape,
            });
        }
        plan
    }

    /// The references that `include` may embed.
    pub(crate) fn includes(&self) -> Vec<FieldId> {
        let references = self.params.iter().filter_map(|plan| match &plan.param.kind {
            ParamKind::Include { references } => Some(references),
            _ => None,
        });
        references.flatten().map(|(_, field)| *field).collect()
    }

    /// Reads a query below the rows with these keys, to which a cursor belongs; what does not fit is in the mistakes, and
    /// then the query means nothing.
    pub(crate) fn read(&self, raw: &str, below: &[Value], mistakes: &mut Mistakes) -> Query {
        let mut query = Query {
            limit: self.default_limit,
            ..Query::default()
        };
        if raw.is_empty() {
            self.finish(&mut query, (&self.default_sort, below), None, mistakes);
            return query;
        }
        let given = self.given(raw, mistakes);
        let mut sort = self.default_sort.clone();
        let mut after = None;
        for (index, (plan, values)) in self.params.iter().zip(&given).enumerate() {
            let Some(last) = values.last() else { continue };
            let mut cx = Reading {
                name: &plan.param.name,
                mistakes,
            };
            match &plan.param.kind {
                ParamKind::Filter {
                    field: _, operator, ..
                } => {
                    if let Some(test) = cx.filter(plan.shape.as_ref(), *operator, values) {
                        query.filters.push(Filter { param: index, test });
                    }
                }
                ParamKind::Named { values: options, .. } => {
                    let named = cx.one_of(last, options.iter().map(String::as_str));
                    query.filters.extend(named.map(|at| Filter {
                        param: index,
                        test: Test::Option(at),
                    }));
                }
                ParamKind::Search { .. } => query.words = cx.words(last),
                ParamKind::Sort { fields, .. } => sort = cx.sort(last, fields),
                ParamKind::Limit { max, .. } => {
                    query.limit = u32::try_from(cx.int(last, (1, i64::from(*max)))).unwrap_or(0);
                }
                ParamKind::Cursor => after = Some(last.as_str()),
                ParamKind::Offset => query.offset = cx.int(last, (0, SAFE_INT)).unsigned_abs(),
                ParamKind::Count => query.count = cx.bool(last),
                ParamKind::Include { references } => {
                    let names: Vec<&str> = references.iter().map(|(name, _)| name.as_str()).collect();
                    let chosen = cx.chosen(last, &names);
                    let fields = references.iter().zip(chosen);
                    query.include = fields
                        .filter_map(|((_, field), on)| on.then_some(*field))
                        .collect();
                    // An item has its members in the order of the design, whatever order a list may name them in.
                    query.include.sort();
                }
                ParamKind::Fields { names } => {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    query.fields = Some(cx.chosen(last, &names));
                }
            }
        }
        self.finish(&mut query, (&sort, below), after, mistakes);
        query
    }

    /// The values of each parameter, in the order of the route's parameters.
    fn given(&self, raw: &str, mistakes: &mut Mistakes) -> Vec<Vec<String>> {
        let mut given: Vec<Vec<String>> = self.params.iter().map(|_| Vec::new()).collect();
        let mut unknown = HashSet::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (percent::query(name), percent::query(value)) else {
                let detail = "The query is not well-formed percent-encoded UTF-8.";
                mistakes.push_parameter(&shown(name), Mistake::new(ErrorCode::StringUnicode, detail));
                continue;
            };
            let at = self.params.iter().position(|plan| plan.param.name == name);
            match at.and_then(|at| given.get_mut(at).zip(self.params.get(at))) {
                Some((values, plan)) => {
                    if values.len() == 1 && !is_repeatable(&plan.param.kind) {
                        let detail = format!("`{name}` may be given once.");
                        let mistake = Mistake::new(ErrorCode::RepeatedParameter, detail);
                        mistakes.push_parameter(&name, mistake);
                    }
                    values.push(value.into_owned());
                }
                None if mistakes.has_room() && unknown.insert(name.clone().into_owned()) => {
                    mistakes.push_parameter(&shown(&name), self.unknown(&name));
                }
                None => {}
            }
        }
        given
    }

    fn unknown(&self, name: &str) -> Mistake {
        let names = self.params.iter().map(|plan| plan.param.name.as_str());
        let detail = format!(
            "There is no parameter `{}` here{}",
            shown(name),
            hint(name, names)
        );
        Mistake::new(ErrorCode::UnknownParameter, detail)
    }

    fn finish(
        &self,
        query: &mut Query,
        (sort, below): (&[(FieldId, bool)], &[Value]),
        after: Option<&str>,
        mistakes: &mut Mistakes,
    ) {
        query.sort = self.full_sort(sort);
        let is_list = self.default_limit > 0;
        if !is_list || !mistakes.is_empty() {
            return;
        }
        query.digest = self.digest(query, below);
        let Some(text) = after else { return };
        query.after = cursor::decode(text, query.digest, &query.sort);
        if query.after.is_none() {
            let detail = "The cursor does not belong to this query; start again without it.";
            mistakes.push_parameter("cursor", Mistake::new(ErrorCode::InvalidCursor, detail));
        }
    }

    /// The terms, down to the key, which breaks every tie in the direction of the last term.
    fn full_sort(&self, sort: &[(FieldId, bool)]) -> Vec<SortTerm> {
        let known = |(field, descending): &(FieldId, bool)| {
            let term = self.sortable.iter().find(|term| term.field == *field)?;
            Some(SortTerm {
                descending: *descending,
                ..term.clone()
            })
        };
        let mut terms: Vec<SortTerm> = sort.iter().filter_map(known).collect();
        if let Some(at) = terms.iter().position(|term| term.field == self.key.field) {
            terms.truncate(at + 1);
            return terms;
        }
        let descending = terms.last().is_some_and(|term| term.descending);
        terms.push(SortTerm {
            descending,
            ..self.key.clone()
        });
        terms
    }

    fn digest(&self, query: &Query, below: &[Value]) -> u64 {
        let mut hash = Xxh3::new();
        let mut add = |bytes: &[u8]| {
            hash.update(bytes);
            hash.update(&[0xFF]);
        };
        add(self.id.as_bytes());
        for value in below {
            add(value.to_wire_text().as_bytes());
        }
        for term in &query.sort {
            add(&term.field.index().to_be_bytes());
            add(&[u8::from(term.descending)]);
        }
        for filter in &query.filters {
            let name = self.params.get(filter.param).map_or("", |plan| &plan.param.name);
            add(name.as_bytes());
            match &filter.test {
                Test::Values(values) => values
                    .iter()
                    .for_each(|value| add(value.to_wire_text().as_bytes())),
                Test::Null(is_null) => add(&[u8::from(*is_null)]),
                Test::Option(index) => add(&index.to_be_bytes()),
            }
        }
        add(b"q");
        query.words.iter().for_each(|word| add(word.as_bytes()));
        hash.digest()
    }
}

fn is_repeatable(kind: &ParamKind) -> bool {
    matches!(kind, ParamKind::Filter { operator, .. } if operator.is_repeatable())
}

/// What sorting by a field needs to know.
fn sort_term(model: &Model, entity: EntityId, field: FieldId) -> SortTerm {
    let table = model.tables.of(entity);
    let column = table.column(field);
    let variants = match &model.design.entities[entity].fields[field].ty {
        Type::Enum(of) => variant_names(&model.design, *of),
        Type::Scalar(_) | Type::Reference(_) | Type::List(_) => Vec::new(),
    };
    SortTerm {
        field,
        descending: false,
        // What somebody else's table holds may be empty for us whatever the design says.
        nullable: column.nullable || (!table.managed && field != table.key),
        class: column.class,
        variants,
    }
}

fn variant_names(design: &Design, of: groma_ir::design::EnumId) -> Vec<String> {
    design.enums[of]
        .variants
        .iter()
        .map(|variant| variant.name.clone())
        .collect()
}

/// `-created_at,title` as fields; nothing when a name is unknown.
fn named_terms(fields: &[(String, FieldId)], text: &str) -> Option<Vec<(FieldId, bool)>> {
    let terms = text.split(',').map(|term| {
        let name = term.strip_prefix('-').unwrap_or(term);
        let (_, field) = fields.iter().find(|(known, _)| known == name)?;
        Some((*field, term.starts_with('-')))
    });
    terms.collect()
}
