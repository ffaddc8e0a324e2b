//! The first revision of Alembic: the tables of a design, on whichever database.

use groma_ir::scalar::StorageClass;
use groma_ir::tables::{Column, Table};
use groma_sql::schema;

use crate::constraints::{Prefixed, constraints, index_columns, index_options, strings};
use crate::cx::Cx;
use crate::models::server_default;
use crate::python::{Block, Doc, Module, string};

/// Types that a database calls its own, and that are text or numbers on SQLite: the name here, and what it is.
const TYPES: [(&str, &str); 9] = [
    (
        "TEXT",
        "sa.Text().with_variant(sa.Text(collation=\"C\"), \"postgresql\")",
    ),
    (
        "INTEGER",
        "sa.Integer().with_variant(sa.BigInteger(), \"postgresql\")",
    ),
    ("REAL", "sa.REAL().with_variant(sa.Double(), \"postgresql\")"),
    ("BOOL", "sa.Integer().with_variant(sa.Boolean(), \"postgresql\")"),
    ("UUID", "sa.Text().with_variant(sa.Uuid(), \"postgresql\")"),
    ("DATE", "sa.Text().with_variant(sa.Date(), \"postgresql\")"),
    ("TIME", "sa.Text().with_variant(sa.Time(), \"postgresql\")"),
    (
        "INSTANT",
        "sa.Text().with_variant(sa.DateTime(timezone=True), \"postgresql\")",
    ),
    (
        "JSON",
        "sa.Text().with_variant(postgresql.JSONB(), \"postgresql\")",
    ),
];

/// The revision; none where no table is the design's own.
pub(crate) fn write(cx: &Cx<'_>) -> Option<String> {
    let tables = cx.model.tables.in_order_of_creation();
    if tables.is_empty() {
        return None;
    }
    let mut module = Module::new("The tables of the design as it was first frozen.");
    module.imports.module("sqlalchemy as sa");
    module.imports.name("alembic", "op");
    module.imports.name("collections.abc", "Sequence");
    let mut head = Block::new();
    head.lines(HEAD);
    module.push(head);
    let block = types(&mut module, &tables);
    module.push(block);
    let mut upgrade = Block::new();
    upgrade.line("def upgrade() -> None:").inner(|block| {
        block.doc("Makes the tables.");
        for table in &tables {
            make(cx, block, table);
        }
    });
    module.push(upgrade);
    let mut downgrade = Block::new();
    downgrade.line("def downgrade() -> None:").inner(|block| {
        block.doc("Removes them, with all that they hold.");
        for table in tables.iter().rev() {
            block.line(&format!("op.drop_table({})", string(&table.name)));
        }
    });
    module.push(downgrade);
    Some(module.text())
}

fn types(module: &mut Module, tables: &[&Table]) -> Block {
    let columns = || tables.iter().flat_map(|table| &table.columns);
    let mut block = Block::new();
    block.comment("What is text or a number of a fixed form on SQLite.");
    for (name, definition) in TYPES {
        if columns().any(|column| type_name(column.class) == name) {
            let annotation = if name == "REAL" {
                ": sa.types.TypeEngine[float]"
            } else {
                ""
            };
            block.line(&format!("{name}{annotation} = {definition}"));
        }
    }
    if columns().any(|column| column.class == StorageClass::Json) {
        module.imports.name("sqlalchemy.dialects", "postgresql");
    }
    block
}

fn type_name(class: StorageClass) -> &'static str {
    match class {
        StorageClass::Text => "TEXT",
        StorageClass::Int => "INTEGER",
        StorageClass::Float => "REAL",
        StorageClass::Bool => "BOOL",
        StorageClass::Uuid => "UUID",
        StorageClass::Date => "DATE",
        StorageClass::Time => "TIME",
        StorageClass::Timestamp => "INSTANT",
        StorageClass::Json => "JSON",
        StorageClass::Decimal { .. } => "",
    }
}

fn make(cx: &Cx<'_>, block: &mut Block, table: &Table) {
    let both = cx.sqlite.table(&table.name).zip(cx.postgres.table(&table.name));
    let Some((sqlite, postgres)) = both else {
        return;
    };
    let name = Doc::text(string(&table.name));
    let mut parts = vec![name.clone()];
    parts.extend(table.columns.iter().map(|one| column(cx, table, one)));
    parts.extend(constraints(&mut Prefixed, sqlite, postgres));
    parts.push(Doc::named("sqlite_strict", "True"));
    if sqlite.columns.iter().any(|column| column.identity) {
        parts.push(Doc::named("sqlite_autoincrement", "True"));
    }
    block.statement("", &Doc::call("op.create_table", parts), "");
    for (sqlite, postgres) in sqlite.indexes.iter().zip(&postgres.indexes) {
        block.statement("", &index(&name, sqlite, postgres), "");
    }
}

fn index(table: &Doc, sqlite: &schema::Index, postgres: &schema::Index) -> Doc {
    let mut parts = vec![Doc::text(string(&sqlite.name)), table.clone()];
    parts.push(Doc::list(index_columns(&mut Prefixed, sqlite)));
    parts.extend(index_options(&mut Prefixed, sqlite, postgres));
    Doc::call("op.create_index", parts)
}

fn column(cx: &Cx<'_>, table: &Table, column: &Column) -> Doc {
    let mut parts = strings(std::slice::from_ref(&column.name));
    parts.push(match column.class {
        StorageClass::Decimal { precision, scale } => {
            let numeric = format!("sa.Numeric({precision}, {scale})");
            Doc::text(format!("sa.Integer().with_variant({numeric}, \"postgresql\")"))
        }
        class => Doc::text(type_name(class)),
    });
    if column.generated == Some(groma_ir::design::Generated::Identity) {
        parts.push(Doc::text("sa.Identity()"));
    }
    if column.field == table.key {
        parts.push(Doc::named("primary_key", "True"));
    } else if !column.nullable {
        parts.push(Doc::named("nullable", "False"));
    }
    if let Some(default) = server_default(cx, &mut Prefixed, column) {
        parts.push(Doc::named("server_default", default));
    }
    Doc::call("sa.Column", parts)
}

const HEAD: &str = r#"revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
"#;
