//! What a change puts into the fields of a row.

use groma_ir::design::{Action, Assign, Default, EntityId, Field, FieldId, Generated, Row, Term, Type};
use groma_ir::http::{Operation, Route};
use groma_ir::scalar::Scalar;

use super::{Parameter, Service, parameters};
use crate::access::now;
use crate::literals;
use crate::names;
use crate::python::{Doc, string};

impl<'m> Service<'_, 'm> {
    /// What a whole body says, and what the server knows of these fields where it says nothing.
    pub(super) fn said(&mut self, route: &'m Route, fields: &[FieldId]) -> Doc {
        let mut items = self.known(route, fields);
        if items.is_empty() {
            return Doc::text("dict(body)");
        }
        items.push(Doc::text("**body.model_dump()"));
        Doc::Group {
            open: String::from("{"),
            items,
            close: "}",
        }
    }

    /// The fields that a body may leave to what only the server knows.
    fn known(&mut self, route: &'m Route, fields: &[FieldId]) -> Vec<Doc> {
        let declared = &self.model().design.entities[self.entity()].fields;
        let known = declared.entries().filter(|(id, field)| {
            let is_known = matches!(field.default, Some(Default::Caller | Default::Now { .. }));
            is_known && fields.contains(id)
        });
        let items = known.map(|(id, field)| {
            let attribute = string(&names::field(self.model(), self.entity(), id));
            Doc::join([Doc::text(format!("{attribute}: ")), self.made(route, field)])
        });
        items.collect()
    }

    /// What a new row of a route holds: its fields as they are written, those of the body together.
    pub(super) fn new_row(&mut self, route: &'m Route, named: Option<&Parameter>) -> Vec<Doc> {
        let entity = &self.model().design.entities[self.entity()];
        let resource = &self.model().design.resources[route.resource];
        let below = self.below_value(route);
        let tenant = self.model().design.tenant_by_path(resource).map(|(own, _)| own);
        let mut all = Vec::new();
        let mut has_body = false;
        for (id, field) in entity.fields.entries() {
            if field.generated == Some(Generated::Identity) {
                continue;
            }
            let attribute = string(&names::field(self.model(), self.entity(), id));
            let value = match &below {
                Some((parent, value)) if *parent == id => value.clone(),
                _ if tenant == Some(id) => self.tenant_of(route),
                _ if named.is_some_and(|named| named.field == id) => {
                    Doc::text(named.map_or("", |named| named.name.as_str()))
                }
                _ if route.writes.contains(&id) => {
                    if !has_body {
                        let known = self.known(route, &route.writes);
                        let said = if known.is_empty() {
                            "dict(body)"
                        } else {
                            "body.model_dump()"
                        };
                        all.extend(known);
                        all.push(Doc::text(format!("**{said}")));
                        has_body = true;
                    }
                    continue;
                }
                _ => self.made(route, field),
            };
            all.push(Doc::join([Doc::text(format!("{attribute}: ")), value]));
        }
        all
    }

    /// What a new row puts into its reference to the row above: what the path says, or the key of what it names.
    fn below_value(&mut self, route: &Route) -> Option<(FieldId, Doc)> {
        let last = route.path.parents().next_back()?;
        let named = parameters(self.cx, route);
        let named = named.iter().rfind(|parameter| !parameter.is_key)?;
        if last.by == self.cx.table(last.entity).key {
            return Some((last.field, Doc::text(named.name.as_str())));
        }
        self.below(route)
    }

    /// The tenant of the row above.
    pub(super) fn tenant_of(&mut self, route: &Route) -> Doc {
        let none = Doc::text("None");
        let resource = &self.model().design.resources[route.resource];
        let Some((_, above)) = self.model().design.tenant_by_path(resource) else {
            return none;
        };
        let (Some(last), Some((_, key))) = (route.path.parents().next_back(), self.below(route)) else {
            return none;
        };
        let column = self.column(last.entity, above);
        let own = self.column(last.entity, self.cx.table(last.entity).key);
        self.take("sqlalchemy", "select");
        Doc::Chain(vec![
            Doc::text(format!("select({column})")),
            Doc::call(".where", [Doc::join([Doc::text(format!("{own} == ")), key])]),
            Doc::text(".scalar_subquery()"),
        ])
    }

    /// What the server puts into a field that no body writes.
    fn made(&mut self, route: &Route, field: &Field) -> Doc {
        if field.generated == Some(Generated::Uuid7) {
            return Doc::text(self.take("app.core.db", "new_id") + "()");
        }
        match &field.default {
            Some(Default::Value(value)) => {
                literals::literal(self.cx, &mut self.module.imports, Some(&field.ty), value)
            }
            Some(Default::Caller) => of_caller(route, "id"),
            Some(Default::Now { offset }) => now(&mut self.module.imports, *offset),
            None if field.touch => now(&mut self.module.imports, 0),
            None => match field.ty {
                Type::Scalar(Scalar::Secret(length)) => {
                    Doc::text(format!("{}({length})", self.take("app.core.db", "new_secret")))
                }
                Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_) => Doc::text("None"),
            },
        }
    }

    /// The fields that every write sets to the time.
    pub(super) fn touched(&self) -> Vec<String> {
        let entity = &self.model().design.entities[self.entity()];
        let touched = entity.fields.entries().filter(|(_, field)| field.touch);
        touched
            .map(|(id, _)| names::field(self.model(), self.entity(), id))
            .collect()
    }

    /// What an action puts into the fields of its row.
    pub(super) fn acted(&mut self, route: &'m Route, action: &'m Action) -> Vec<(String, Doc)> {
        let mut sets: Vec<(FieldId, Doc)> = Vec::new();
        if let Some(moves) = &action.moves {
            let class = names::enumeration(self.model(), moves.of);
            if let Some(module) = self.cx.module_of_enum(moves.of) {
                self.take(&module, &class);
            }
            let member = names::variant(self.model(), moves.of, moves.to);
            sets.push((moves.field, Doc::text(format!("{class}.{member}"))));
        }
        for (field, assign) in &action.sets {
            let ty = self.model().design.entities[self.entity()].fields[*field]
                .ty
                .clone();
            let row = self.own();
            let value = self.assigned(assign, &ty, (self.entity(), &row), route);
            sets.retain(|(known, _)| known != field);
            sets.push((*field, value));
        }
        let mut all: Vec<(String, Doc)> = sets
            .into_iter()
            .map(|(field, value)| (string(&names::field(self.model(), self.entity(), field)), value))
            .collect();
        for touched in self.touched() {
            let touched = string(&touched);
            if !all.iter().any(|(known, _)| *known == touched) {
                all.push((touched, now(&mut self.module.imports, 0)));
            }
        }
        all
    }

    /// What an assignment puts into a field of this type: over the row, a class in a statement or the row itself.
    pub(super) fn assigned(
        &mut self,
        assign: &Assign,
        ty: &Type,
        (entity, row): (EntityId, &str),
        route: &Route,
    ) -> Doc {
        let is_statement = row == names::class(self.model(), entity);
        let mut field = |of: &FieldId| {
            let attribute = names::field(self.cx.model, entity, *of);
            if is_statement {
                self.module.imports.name("app.core.db", "column");
                format!("column({row}.{attribute})")
            } else {
                format!("{row}.{attribute}")
            }
        };
        match assign {
            Assign::Not(of) if is_statement => Doc::text(format!("~{}", field(of))),
            Assign::Not(of) => Doc::text(format!("not {}", field(of))),
            Assign::Term(term) => match term {
                Term::Field {
                    field: of,
                    row: Row::This | Row::New,
                } => Doc::text(field(of)),
                Term::Caller => of_caller(route, "id"),
                Term::Claim(claim) => {
                    let auth = self.model().design.auth.as_ref();
                    let name = auth.map_or("", |auth| auth.claims[*claim].name.as_str());
                    of_caller(route, &names::claim(name))
                }
                Term::Now { offset } => now(&mut self.module.imports, *offset),
                Term::Input(input) => {
                    let Operation::Action(action) = route.operation else {
                        return Doc::text("None");
                    };
                    let of = &self.model().design.entities[self.entity()].actions[action];
                    Doc::text(format!("body.{}", names::attribute(&of.inputs[*input].name)))
                }
                Term::Value(value) => literals::literal(self.cx, &mut self.module.imports, Some(ty), value),
            },
        }
    }
}

/// What the token says, or nothing where a route does not ask for one.
fn of_caller(route: &Route, attribute: &str) -> Doc {
    Doc::text(if route.public {
        format!("None if caller is None else caller.{attribute}")
    } else {
        format!("caller.{attribute}")
    })
}
