//! What a table has of a situation: claims, rows, a path and a body.

use groma_ir::Id;
use groma_ir::design::{FieldId, Row, Type};
use groma_ir::http::{Operation, PathPart, Route};

use super::{Place, Scene, Sketch};
use crate::access_tests::courses::Refusal;
use crate::access_tests::usual::{builder, usual};
use crate::access_tests::values::Value;
use crate::names;
use crate::python::{Doc, Imports, string};
use crate::resource_tests::samples;

impl Scene<'_, '_> {
    /// What the token says beside the usual, or `None` without one.
    pub(crate) fn claims(&self) -> Doc {
        if self.has_token {
            Doc::dict(self.claims.clone())
        } else {
            Doc::text("None")
        }
    }

    /// Whether rows can be added one after the other: none refers to one behind it.
    pub(super) fn can_be_added(&self) -> bool {
        let rows = self.in_order();
        rows.iter().enumerate().all(|(at, row)| {
            let mut behind = rows.iter().skip(at + 1);
            let fields = &self.cx.model.design.entities[row.entity].fields;
            let is_reference = |(field, _): &(&FieldId, &Value)| fields[**field].ty.target().is_some();
            let keys: Vec<&Value> = row.sets.iter().filter(is_reference).map(|(_, key)| key).collect();
            !behind.any(|other| keys.contains(&&other.key))
        })
    }

    /// The rows, those that others refer to first.
    pub(crate) fn rows(&self, imports: &mut Imports) -> Doc {
        let rows = self.in_order().into_iter();
        Doc::list(rows.map(|row| self.row(imports, row)))
    }

    pub(super) fn in_order(&self) -> Vec<&Sketch> {
        let order = self.cx.model.tables.in_order_of_creation();
        let place = |row: &Sketch| order.iter().position(|table| table.entity == row.entity);
        let mut rows: Vec<&Sketch> = self.rows.iter().collect();
        rows.sort_by_key(|row| {
            let depth = row.place.as_ref().map_or(0, |(_, way)| way.len());
            (place(row), std::cmp::Reverse(depth))
        });
        rows
    }

    pub(super) fn row(&self, imports: &mut Imports, row: &Sketch) -> Doc {
        let mut parts = Vec::new();
        for (field, value) in &row.sets {
            let mut scratch = Imports::default();
            let known = usual(self.cx, &mut scratch, row.entity, *field);
            if known.is_some_and(|known| known.flat() == value.stored) {
                continue;
            }
            take(imports, value);
            let name = names::field(self.cx.model, row.entity, *field);
            parts.push(Doc::named(&name, value.stored.as_str()));
        }
        let function = builder(self.cx, row.entity);
        imports.name("tests.rows", &function);
        Doc::call(function, parts)
    }

    /// The body; none where the route takes none.
    pub(crate) fn body(&self, imports: &mut Imports) -> Option<Doc> {
        self.ask.route.body?;
        let route = self.ask.route;
        if let (Some(find), Operation::Action(id)) = (route.find, route.operation) {
            let declared = &self.cx.model.design.entities[route.entity];
            let action = &declared.actions[id];
            let main = (Row::This, Vec::new());
            let row = self.rows.iter().find(|row| row.place.as_ref() == Some(&main));
            let value = match row.and_then(|row| row.sets.get(&find.field)) {
                Some(value) => {
                    take(imports, value);
                    value.sent.clone()
                }
                None => samples::sent(self.cx, &declared.fields[find.field].ty)?,
            };
            return Some(Doc::dict([(
                string(&action.inputs[find.input].name),
                Doc::text(value),
            )]));
        }
        if let Operation::Action(id) = route.operation {
            let action = &self.cx.model.design.entities[route.entity].actions[id];
            let asked = action
                .inputs
                .iter()
                .filter(|input| !input.optional && input.default.is_none());
            let pairs =
                asked.map(|input| Some((string(&input.name), Doc::text(samples::sent(self.cx, &input.ty)?))));
            let pairs: Vec<_> = pairs.collect::<Option<_>>()?;
            return (!action.inputs.is_empty()).then(|| Doc::dict(pairs));
        }
        let fields = &self.cx.model.design.entities[route.entity].fields;
        let pairs = self.body.iter().map(|(field, value)| {
            for (module, name) in &value.uses {
                // A body holds variants as text.
                if module == "tests.rows" {
                    imports.name(module, name);
                }
            }
            (string(&fields[*field].wire), Doc::text(value.sent.clone()))
        });
        Some(Doc::dict(pairs.collect::<Vec<_>>()))
    }

    /// The value of a field of the row at a place: what a path or an item holds.
    pub(crate) fn held(&self, place: &Place, field: FieldId) -> Option<Value> {
        let row = self.rows.iter().find(|row| row.place.as_ref() == Some(place))?;
        row.sets.get(&field).cloned().or_else(|| {
            let mut scratch = Imports::default();
            let known = usual(self.cx, &mut scratch, row.entity, field)?.flat();
            let is_constant = known.chars().all(|char| char.is_ascii_uppercase() || char == '_');
            Some(if is_constant {
                Value::constant(&known, self.ty(row.entity, field))
            } else {
                Value::plain(known)
            })
        })
    }

    /// The value of a field of the row that the rules are about, as bodies hold it.
    pub(crate) fn shown(&self, field: FieldId) -> Option<Value> {
        self.held(&(Row::This, Vec::new()), field)
    }

    /// The value that a body holds in a field; none where the field is not sent, or sent empty.
    pub(crate) fn sent(&self, field: FieldId) -> Option<&Value> {
        self.body.get(&field).filter(|value| value.sent != "None")
    }

    /// The path, as a literal; with what it takes to be imported.
    pub(crate) fn path(&self) -> Option<(String, Vec<(String, String)>)> {
        self.path_of(self.ask.route)
    }

    /// The path of another route on the same row.
    pub(crate) fn path_of(&self, route: &Route) -> Option<(String, Vec<(String, String)>)> {
        let mut path = String::new();
        let mut uses = Vec::new();
        let ways: Vec<Vec<FieldId>> = {
            let parents = route.path.parents().rev();
            let mut way = Vec::new();
            let mut ways: Vec<Vec<FieldId>> = parents
                .map(|parent| {
                    way.push(parent.field);
                    way.clone()
                })
                .collect();
            ways.reverse();
            ways
        };
        let mut ways = ways.into_iter();
        for part in &route.path.parts {
            path.push('/');
            let value = match part {
                PathPart::Literal(text) => {
                    path.push_str(text);
                    continue;
                }
                PathPart::Caller { .. } => Value::constant("ALICE", &Type::Enum(Id::new(0))),
                PathPart::Key { field, .. } if self.is_new() => self.sent(*field)?.clone(),
                PathPart::Key { field, .. } => self.shown(*field)?,
                PathPart::Parent(parent) => {
                    let way = ways.next()?;
                    let is_other = way.len() == 1 && self.ask.refuses == Some(Refusal::OtherParent);
                    let row = if is_other { Row::New } else { Row::This };
                    self.held(&(row, way), parent.by)?
                }
            };
            let literal = value.stored.strip_prefix('"');
            if let Some(text) = literal.and_then(|text| text.strip_suffix('"')) {
                path.push_str(text);
            } else {
                path.extend(["{", value.stored.as_str(), "}"]);
                uses.extend(value.uses);
            }
        }
        let prefix = if uses.is_empty() { "" } else { "f" };
        Some((format!("{prefix}{}", string(&path)), uses))
    }
}

/// Imports what a value in a row takes.
fn take(imports: &mut Imports, value: &Value) {
    for (module, name) in &value.uses {
        imports.name(module, name);
    }
}
