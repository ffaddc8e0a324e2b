//! Rows and callers for a design, and the database that holds them.

use groma_ir::access::CallerFacts;
use groma_ir::design::{Design, EntityId, Field, Storage, Type, Value};
use groma_ir::sample::judge::{Holder, Judge, Tables};
use groma_ir::scalar::Scalar;
use groma_ir::{Arena, Id, Model};
use groma_plan::{Caller, literal_of_field, timestamp_text};
use rusqlite::types::Value as Stored;

use super::draft::DATES;
use super::rng::Rng;
use crate::tests::harness::Api;
use crate::{Presence, sqlite};

/// When every request comes.
pub(super) const NOW: i64 = 1_795_255_200_000_000;
const DAY: i64 = 86_400_000_000;
const USERS: usize = 4;
const ROWS: usize = 7;

/// A service with rows in it.
pub(super) struct World {
    pub(super) api: Api,
    pub(super) tables: Tables,
    /// Who asks; the first is nobody.
    pub(super) callers: Vec<Option<Holder>>,
}

impl World {
    pub(super) fn new(model: Model, rng: &mut Rng) -> Self {
        let presence = Presence::of([String::from("user")]);
        let tables = tables(&model.design, rng);
        let callers = callers(&model.design, rng);
        let api = Api::new(model, presence);
        api.db.set_prepared_statement_cache_capacity(2_000);
        let world = Self { api, tables, callers };
        world.fill();
        world
    }

    pub(super) fn model(&self) -> &Model {
        self.api.sql.model()
    }

    pub(super) fn judge<'a>(&'a self, caller: Option<&'a Holder>) -> Judge<'a> {
        Judge {
            design: &self.model().design,
            tables: &self.tables,
            caller,
            now: &now,
        }
    }

    fn fill(&self) {
        let theirs = "CREATE TABLE IF NOT EXISTS \"user\" (id TEXT PRIMARY KEY, name TEXT) STRICT";
        self.api.db.execute_batch(theirs).unwrap();
        for (entity, rows) in self.tables.entries() {
            if self.model().design.entities[entity].storage != Storage::ExternalId {
                for row in rows {
                    self.insert(entity, row);
                }
            }
        }
    }

    fn insert(&self, entity: EntityId, row: &[Value]) {
        let table = self.model().tables.of(entity);
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("\"{}\"", column.name))
            .collect();
        let marks = vec!["?"; names.len()].join(", ");
        let stored = table.columns.iter().map(|column| {
            let value = literal_of_field(self.model(), entity, column.field, &row[column.field.index()]);
            match sqlite::bound(&value) {
                sqlite::Bound::Null => Stored::Null,
                sqlite::Bound::Int(number) => Stored::Integer(number),
                sqlite::Bound::Float(number) => Stored::Real(number),
                sqlite::Bound::Text(text) => Stored::Text(text.as_ref().to_owned()),
            }
        });
        let text = format!(
            "INSERT INTO \"{}\" ({}) VALUES ({marks})",
            table.name,
            names.join(", ")
        );
        self.api
            .db
            .execute(&text, rusqlite::params_from_iter(stored))
            .unwrap();
    }
}

/// The clock of every request, so many seconds later.
pub(super) fn now(offset: i64) -> Value {
    let text = timestamp_text(NOW + offset * 1_000_000);
    Value::Text(String::from_utf8(text.to_vec()).unwrap())
}

pub(super) fn caller(design: &Design, holder: Option<&Holder>) -> Caller {
    let Some(holder) = holder else {
        return Caller::anonymous();
    };
    let claims = holder.claims.iter().map(|claim| match claim {
        Value::Bool(value) => groma_plan::Value::Bool(*value),
        Value::Int(value) => groma_plan::Value::Int(*value),
        Value::Text(value) => groma_plan::Value::Text(value.clone()),
        _ => groma_plan::Value::Null,
    });
    let Value::Text(key) = &holder.key else {
        unreachable!("users have text for keys")
    };
    let _ = design;
    Caller {
        key: groma_plan::Value::Text(key.clone()),
        facts: CallerFacts {
            authenticated: true,
            roles: holder.roles,
        },
        claims: claims.collect(),
    }
}

fn user(at: usize) -> Value {
    Value::Text(format!("u{at}"))
}

fn callers(design: &Design, rng: &mut Rng) -> Vec<Option<Holder>> {
    let auth = design.auth.as_ref().unwrap();
    let mut callers = vec![None];
    for at in 0..5 {
        let role = *rng.pick(&["", "", "editor", "admin"]);
        let claims = vec![
            rng.pick(&[Value::None, Value::Bool(true), Value::Bool(false)])
                .clone(),
            rng.pick(&[Value::None, Value::Int(1), Value::Int(2), Value::Int(3)])
                .clone(),
            rng.pick(&[Value::None, Value::Text("x".into()), Value::Text("y".into())])
                .clone(),
        ];
        callers.push(Some(Holder {
            key: user(at % (USERS - 1)),
            roles: auth.roles_of([role]),
            claims,
        }));
    }
    callers
}

fn tables(design: &Design, rng: &mut Rng) -> Tables {
    let mut tables: Tables = Arena::default();
    for (id, entity) in design.entities.entries() {
        let mut rows: Vec<Vec<Value>> = Vec::new();
        let is_user = design.caller_entity() == Some(id);
        for at in 0..if is_user { USERS } else { ROWS } {
            let row = entity.fields.entries().map(|(field, of)| {
                if field != entity.key {
                    return value(rng, design, of, &tables, &rows);
                }
                if is_user {
                    user(at)
                } else {
                    Value::Text(key(id, at))
                }
            });
            let row = row.collect();
            rows.push(row);
        }
        tables.push(rows);
    }
    tables
}

fn key(entity: EntityId, at: usize) -> String {
    format!("00000000-0000-4000-8000-0000000{:02x}0{at:02x}", entity.index())
}

/// A value of a field, beside the rows that there are and those that are being made of the same entity.
pub(super) fn value(
    rng: &mut Rng,
    design: &Design,
    field: &Field,
    tables: &Tables,
    own: &[Vec<Value>],
) -> Value {
    if field.optional && rng.chance(35) {
        return Value::None;
    }
    match &field.ty {
        Type::Reference(to) => {
            let rows = if to.index() < tables.len() {
                &tables[*to]
            } else {
                own
            };
            let key = design.entities[*to].key.index();
            if rows.is_empty() {
                Value::None
            } else {
                rng.pick(rows)[key].clone()
            }
        }
        Type::Enum(of) => {
            let variants: Vec<_> = design.enums[*of].variants.ids().collect();
            Value::Variant(*of, *rng.pick(&variants))
        }
        Type::Scalar(Scalar::Int(_)) => Value::Int(i64::try_from(rng.below(5)).unwrap()),
        Type::Scalar(Scalar::Float(_)) => Value::Float(*rng.pick(&[0.5, 1.5, 2.0, 3.25])),
        Type::Scalar(Scalar::Bool) => Value::Bool(rng.chance(50)),
        Type::Scalar(Scalar::Date) => Value::Text((*rng.pick(&DATES)).to_owned()),
        Type::Scalar(Scalar::DateTime) => now(*rng.pick(&[-2, -1, 0, 1, 2]) * (DAY / 1_000_000)),
        _ => Value::Text((*rng.pick(&["x", "y", "z"])).to_owned()),
    }
}
