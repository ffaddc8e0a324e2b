//! What a Postgres database holds.

use std::collections::BTreeMap;

use groma_sql::Dialect;
use groma_sql::schema::{
    Action, Check, Column, Command, ForeignKey, Function, FunctionKind, Index, IndexColumn, Policy,
    PrimaryKey, Role, Schema, Table, Unique, marked_rows,
};
use tokio_postgres::{Client, Row};

use super::{Catalog, Dependent, DependentKind, Facts, Quirk, QuirkKind, asked};
use crate::error::{DatabaseError, postgres};

/// The bit of `indoption` for an order from the largest.
const DESCENDING: i16 = 1;

/// Reads everything in the first schema of the search path: twelve queries, eleven of them sent at once, in a transaction.
pub async fn read(client: &Client) -> Result<Catalog, DatabaseError> {
    let doing = || postgres("read what the database holds");
    begin(client, "READ ONLY").await.map_err(doing())?;
    let answers = ask(client).await;
    client.batch_execute("ROLLBACK").await.map_err(doing())?;
    Ok(answers.map_err(doing())?.catalog())
}

/// The schema in which the tables are, and in which new ones are made: the first one of the search path that is not
/// `groma_internal`.
pub async fn schema_name(client: &Client) -> Result<String, DatabaseError> {
    let row = client.query_typed(asked::SCHEMA, &[]).await;
    let rows = row.map_err(postgres("ask where the tables are"))?;
    Ok(rows
        .first()
        .map_or_else(|| String::from("public"), |row| row.get(0)))
}

/// Begins a transaction in which expressions are printed alike for everybody.
pub(super) async fn begin(client: &Client, mode: &str) -> Result<(), tokio_postgres::Error> {
    client
        .batch_execute(&format!("BEGIN {mode}; {}", asked::PATH))
        .await
}

/// What the database answered.
struct Answers {
    tables: Vec<Row>,
    columns: Vec<Row>,
    constraints: Vec<Row>,
    indexes: Vec<Row>,
    policies: Vec<Row>,
    functions: Vec<Row>,
    role: Vec<Row>,
    dependents: Vec<Row>,
    quirks: Vec<Row>,
    beside: Vec<Row>,
    settings: Vec<Row>,
}

async fn ask(client: &Client) -> Result<Answers, tokio_postgres::Error> {
    let ask = |query: &'static str| client.query_typed(query, &[]);
    let (
        tables,
        columns,
        constraints,
        indexes,
        policies,
        functions,
        role,
        dependents,
        quirks,
        beside,
        settings,
    ) = tokio::try_join!(
        ask(asked::TABLES),
        ask(asked::COLUMNS),
        ask(asked::CONSTRAINTS),
        ask(asked::INDEXES),
        ask(asked::POLICIES),
        ask(asked::FUNCTIONS),
        ask(asked::ROLE),
        ask(asked::DEPENDENTS),
        ask(asked::QUIRKS),
        ask(asked::BESIDE),
        ask(asked::SETTINGS),
    )?;
    Ok(Answers {
        tables,
        columns,
        constraints,
        indexes,
        policies,
        functions,
        role,
        dependents,
        quirks,
        beside,
        settings,
    })
}

impl Answers {
    fn catalog(&self) -> Catalog {
        let mut found = Found::default();
        found.each(&self.tables, Found::table);
        found.each(&self.columns, Found::column);
        found.each(&self.constraints, Found::constraint);
        found.each(&self.indexes, Found::index);
        found.each(&self.policies, Found::policy);
        found.each(&self.functions, Found::function);
        found.each(&self.dependents, Found::dependent);
        found.each(&self.quirks, Found::quirk);
        let beside = self
            .beside
            .iter()
            .map(|row| ((row.get(0), row.get(1)), row.get(2)));
        Catalog {
            beside: beside.collect(),
            ..found.catalog(self.settings.first(), role(&self.role))
        }
    }
}

/// Tables under way, by the number that the catalog gives them.
#[derive(Debug, Default)]
struct Found {
    tables: BTreeMap<u32, Under>,
}

#[derive(Debug)]
struct Under {
    table: Table,
    facts: Facts,
    /// The names of columns by their numbers.
    names: BTreeMap<i16, String>,
}

impl Found {
    fn each(&mut self, rows: &[Row], take: fn(&mut Self, &Row)) {
        for row in rows {
            take(self, row);
        }
    }

    fn of(&mut self, row: &Row) -> Option<&mut Under> {
        self.tables.get_mut(&row.get::<_, u32>(0))
    }

    fn table(&mut self, row: &Row) {
        let rows: f64 = row.get(4);
        let bytes: i64 = row.get(5);
        let name: String = row.get(1);
        let is_partitioned: bool = row.get(2);
        let facts = Facts {
            rows: estimate(rows, bytes == 0 && !is_partitioned),
            bytes: u64::try_from(bytes).unwrap_or_default(),
            is_partitioned,
            comment: row.get(6),
            partition_of: row.get(7),
            ..Facts::default()
        };
        let table = Table {
            name,
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            row_security: row.get(3),
            functions: Vec::new(),
            policies: Vec::new(),
        };
        let under = Under {
            table,
            facts,
            names: BTreeMap::new(),
        };
        self.tables.insert(row.get(0), under);
    }

    fn column(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        let name: String = row.get(2);
        under.names.insert(row.get(1), name.clone());
        let mut default: Option<String> = row.get(6);
        if row.get(8) {
            let expression = default.take().unwrap_or_default();
            under.facts.generated.insert(name.clone(), expression);
        }
        if let Some(comment) = row.get(9) {
            under.facts.comments.insert(name.clone(), comment);
        }
        under.table.columns.push(Column {
            name,
            ty: row.get(3),
            collation: row.get(4),
            // What the database computes never has to be given.
            not_null: row.get::<_, bool>(5) && !row.get::<_, bool>(8),
            default,
            identity: row.get(7),
            fill: None,
            class: None,
            labels: row.get::<_, Option<Vec<String>>>(10).unwrap_or_default(),
        });
    }

    fn constraint(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        let name: String = row.get(1);
        let kind: &str = row.get(2);
        let columns = under.columns(&row.get::<_, Option<Vec<i16>>>(3).unwrap_or_default());
        let validated = row.get(7);
        let table = &mut under.table;
        match kind {
            "p" => table.primary_key = Some(PrimaryKey { name, columns }),
            "u" => table.uniques.push(Unique { name, columns }),
            "f" => table.foreign_keys.push(ForeignKey {
                name,
                columns,
                table: row.get::<_, Option<String>>(4).unwrap_or_default(),
                to: row.get::<_, Option<Vec<String>>>(5).unwrap_or_default(),
                on_delete: action(row.get(6)),
                validated,
            }),
            _ => table.checks.push(Check {
                name,
                expression: row.get::<_, Option<String>>(8).unwrap_or_default(),
                validated,
            }),
        }
    }

    fn index(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        let keys = usize::try_from(row.get::<_, i32>(6)).unwrap_or_default();
        let numbers: Vec<i16> = row.get(4);
        let options: Vec<i16> = row.get(5);
        let expressions = row.get::<_, Option<Vec<String>>>(8).unwrap_or_default();
        let method: &str = row.get(9);
        let classes = row.get::<_, Option<Vec<Option<&str>>>>(10).unwrap_or_default();
        let columns = numbers.iter().take(keys).enumerate().map(|(at, number)| {
            let expression = || expressions.get(at).map(|text| format!("({text})"));
            let name = under.names.get(number).cloned().or_else(expression);
            let name = name.unwrap_or_default();
            let class = classes.get(at).copied().flatten();
            IndexColumn {
                // An index of another kind, or by another order, is none that a design has.
                name: match class {
                    _ if method != "btree" => format!("({name} {method})"),
                    Some(class) => format!("({name} {class})"),
                    None => name,
                },
                descending: options.get(at).is_some_and(|option| option & DESCENDING != 0),
            }
        });
        let index = Index {
            name: row.get(1),
            columns: columns.collect(),
            unique: row.get(2),
            predicate: row.get(7),
            valid: row.get(3),
        };
        under.table.indexes.push(index);
    }

    fn policy(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        // One that is not as it was made to be differs from every one that is wanted.
        let is_ours: bool = row.get(5);
        let said = |text: Option<String>| match text {
            Some(text) if !is_ours => Some(format!("{text} -- restrictive, or for some roles alone")),
            text => text,
        };
        under.table.policies.push(Policy {
            name: row.get(1),
            command: match row.get::<_, &str>(2) {
                "r" => Command::Select,
                "a" => Command::Insert,
                "w" => Command::Update,
                "d" => Command::Delete,
                _ => Command::All,
            },
            using: said(row.get(3)),
            check: said(row.get(4)),
        });
    }

    fn function(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        let (name, mut body): (String, String) = (row.get(1), row.get(2));
        if !row.get::<_, bool>(4) {
            body.push_str(" -- with settings of its own");
        }
        let function = if row.get(3) {
            marked_rows(&name, &body)
        } else {
            Some(Function {
                name,
                body,
                kind: FunctionKind::Question,
            })
        };
        under.table.functions.extend(function);
    }

    fn dependent(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        let dependent = Dependent {
            kind: match row.get::<_, &str>(2) {
                "v" => DependentKind::View,
                "t" => DependentKind::Trigger,
                _ => DependentKind::Function,
            },
            name: row.get(3),
            column: under.names.get(&row.get::<_, i16>(1)).cloned(),
        };
        under.facts.dependents.push(dependent);
    }

    fn quirk(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        let kind = match row.get::<_, &str>(1) {
            "collation" => QuirkKind::Collation,
            "computed" => QuirkKind::Computed,
            "deferrable" => QuirkKind::Deferrable,
            "unkept" => QuirkKind::Unkept,
            "rule" => QuirkKind::Rule,
            _ => QuirkKind::Child,
        };
        let name: String = row.get(2);
        under.facts.quirks.push(Quirk::new(kind, name));
    }

    fn catalog(self, settings: Option<&Row>, role: Option<Role>) -> Catalog {
        let version: i32 = settings.map_or(0, |row| row.get(0));
        let domains: Vec<String> = settings.map(|row| row.get(2)).unwrap_or_default();
        let mut under: Vec<Under> = self.tables.into_values().collect();
        under.sort_by(|one, other| one.table.name.cmp(&other.table.name));
        let facts = under
            .iter()
            .map(|under| (under.table.name.clone(), under.facts.clone()));
        Catalog {
            facts: facts.collect(),
            schema: Schema {
                dialect: Dialect::Postgres,
                tables: under.into_iter().map(|under| under.table).collect(),
                role,
            },
            beside: BTreeMap::new(),
            version: u32::try_from(version).unwrap_or_default(),
            is_utc: settings.is_some_and(|row| row.get(1)),
            bound_domains: domains.into_iter().collect(),
        }
    }
}

impl Under {
    fn columns(&self, numbers: &[i16]) -> Vec<String> {
        let names = numbers.iter().filter_map(|number| self.names.get(number));
        names.cloned().collect()
    }
}

/// How many rows; a table that takes no place has none, whoever counted.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate that is not negative"
)]
fn estimate(rows: f64, is_empty: bool) -> Option<u64> {
    if is_empty {
        return Some(0);
    }
    (rows >= 0.0).then_some(rows as u64)
}

fn action(letter: &str) -> Action {
    match letter {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

/// The role, and the columns of others that it reads: one row a column.
fn role(rows: &[Row]) -> Option<Role> {
    let mut role = Role {
        name: rows.first()?.get(0),
        reads: Vec::new(),
    };
    for row in rows {
        let (Some(table), Some(column)) = (row.get::<_, Option<String>>(1), row.get(2)) else {
            continue;
        };
        match role.reads.last_mut() {
            Some((last, columns)) if *last == table => columns.push(column),
            _ => role.reads.push((table, vec![column])),
        }
    }
    Some(role)
}
