//! Rows and callers for a design, and the database that holds them.

use groma_ir::access::CallerFacts;
use groma_ir::design::{Design, Entity, EntityId, Field, Storage, Type, Value};
use groma_ir::sample::judge::{Holder, Judge, Tables};
use groma_ir::scalar::Scalar;
use groma_ir::{Id, Model};
use groma_plan::{Caller, literal_of_field, timestamp_text};
use rusqlite::types::Value as Stored;

use super::draft::DATES;
use super::rng::Rng;
use crate::tests::harness::Api;
use crate::{ParameterType, Presence, sqlite};

/// When every request comes.
pub(super) const NOW: i64 = 1_795_255_200_000_000;
const DAY: i64 = 86_400_000_000;
const USERS: usize = 4;
const ROWS: usize = 7;

/// Where a world's rows are.
#[derive(Clone, Copy)]
pub(super) enum Databases {
    Sqlite,
    /// On SQLite and on Postgres, which must answer alike.
    Both,
}

/// A service with rows in it.
pub(super) struct World {
    pub(super) api: Api,
    pub(super) tables: Tables,
    /// Who asks; the first is nobody.
    pub(super) callers: Vec<Option<Holder>>,
}

impl World {
    pub(super) fn new(model: Model, rng: &mut Rng, databases: Databases) -> Self {
        let presence = Presence::of([String::from("user")]);
        let tables = tables(&model.design, rng);
        let callers = callers(&model.design, rng);
        let api = match databases {
            Databases::Sqlite => Api::on_sqlite(model, presence),
            Databases::Both => Api::new(model, presence),
        };
        api.keeps.set(false);
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
        self.api
            .run_all("CREATE TABLE IF NOT EXISTS \"user\" (id TEXT PRIMARY KEY, name TEXT)");
        let storage = |id: EntityId| self.model().design.entities[id].storage;
        let theirs = self.tables.entries().map(|(id, _)| id);
        let theirs = theirs.filter(|id| storage(*id) == Storage::ExternalTable);
        let managed = self.model().tables.in_order_of_creation();
        for id in theirs.chain(managed.iter().map(|table| table.entity)) {
            for row in &self.tables[id] {
                self.insert(id, row);
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
        let values = table.columns.iter().map(|column| {
            let value = literal_of_field(self.model(), entity, column.field, &row[column.field.index()]);
            (value, ParameterType::One(column.class))
        });
        let values: Vec<_> = values.collect();
        let insert = |mark: &str| {
            let marks: Vec<String> = (1..=names.len()).map(|at| format!("{mark}{at}")).collect();
            let (names, marks) = (names.join(", "), marks.join(", "));
            format!("INSERT INTO \"{}\" ({names}) VALUES ({marks})", table.name)
        };
        let stored = values.iter().map(|(value, _)| match sqlite::bound(value) {
            sqlite::Bound::Null => Stored::Null,
            sqlite::Bound::Int(number) => Stored::Integer(number),
            sqlite::Bound::Float(number) => Stored::Real(number),
            sqlite::Bound::Text(text) => Stored::Text(text.as_ref().to_owned()),
        });
        let stored = rusqlite::params_from_iter(stored);
        self.api.db.execute(&insert("?"), stored).unwrap();
        if let Some(twin) = &self.api.twin {
            twin.execute(&insert("$"), &values);
        }
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
    let mut tables: Tables = design.entities.iter().map(|_| Vec::new()).collect();
    let (ties, rows): (Vec<EntityId>, Vec<EntityId>) = design
        .entities
        .ids()
        .partition(|id| design.entities[*id].link.is_some());
    for id in rows.into_iter().chain(ties) {
        let entity = &design.entities[id];
        let is_user = design.caller_entity() == Some(id);
        for at in 0..if is_user { USERS } else { ROWS } {
            let row = entity.fields.entries().map(|(field, of)| {
                if field != entity.key {
                    return value(rng, design, of, &tables);
                }
                if is_user {
                    user(at)
                } else {
                    Value::Text(key(id, at))
                }
            });
            let row: Vec<Value> = row.collect();
            if !tables[id].iter().any(|other| are_same(entity, other, &row)) {
                tables[id].push(row);
            }
        }
    }
    tables
}

/// Whether two ties are between the same two.
fn are_same(entity: &Entity, left: &[Value], right: &[Value]) -> bool {
    entity.link.as_ref().is_some_and(|tie| {
        [tie.parent, tie.user]
            .iter()
            .all(|field| left[field.index()] == right[field.index()])
    })
}

fn key(entity: EntityId, at: usize) -> String {
    format!("00000000-0000-4000-8000-0000000{:02x}0{at:02x}", entity.index())
}

/// A value of a field; a reference leads to a row that there is.
pub(super) fn value(rng: &mut Rng, design: &Design, field: &Field, tables: &Tables) -> Value {
    if field.optional && rng.chance(35) {
        return Value::None;
    }
    match &field.ty {
        Type::Reference(to) => {
            let rows = &tables[*to];
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
