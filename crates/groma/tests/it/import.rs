//! `groma import`: a live database becomes a design, and the design asks nothing of the database.

use testkit::postgres::Database;

use crate::support::{Folder, groma};

/// A schema as people have it: other names, types and orders than ours.
const SHOP: &str = "
    CREATE TABLE \"user\" (id text PRIMARY KEY, email text NOT NULL, \"emailVerified\" boolean NOT NULL, name text NOT NULL);
    CREATE TABLE session (id text PRIMARY KEY, token text NOT NULL, \"userId\" text NOT NULL REFERENCES \"user\" (id));
    CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    CREATE TABLE customers (
      id serial PRIMARY KEY,
      \"fullName\" varchar(120) NOT NULL,
      email varchar(254) NOT NULL CONSTRAINT uq_customer_email UNIQUE,
      tier text NOT NULL DEFAULT 'basic' CONSTRAINT ck_tier CHECK (tier IN ('basic', 'gold')),
      created_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE customers IS 'Whoever buys.';
    CREATE TABLE orders (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      customer_id integer NOT NULL CONSTRAINT fk_customer REFERENCES customers (id) ON DELETE CASCADE,
      placed_by text NOT NULL,
      total numeric(12,2) NOT NULL DEFAULT 0,
      quantity smallint NOT NULL DEFAULT 1,
      notes text,
      meta jsonb,
      shipped boolean NOT NULL DEFAULT false,
      CONSTRAINT ck_total CHECK (total >= 0)
    );
    CREATE INDEX ix_orders_customer ON orders (customer_id);
    CREATE INDEX ix_orders_open ON orders (placed_by) WHERE NOT shipped;
    CREATE UNIQUE INDEX ux_orders_total ON orders (customer_id, placed_by, total);
    CREATE TABLE events (id bigint PRIMARY KEY, at timestamp NOT NULL);
    INSERT INTO customers (\"fullName\", email) VALUES ('Ada', 'ada@example.org');
";

#[test]
fn a_live_database_becomes_a_design_that_changes_nothing_in_it() {
    let database = Database::new();
    database.sql(SHOP);
    let folder = Folder::new();
    let ran = groma(&folder, &["import", &database.url()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out
            .contains("events.at: its type `timestamp without time zone`"),
        "{ran:?}"
    );
    assert!(folder.has("specs/db/customers.md") && folder.has("specs/db/orders.md"));
    assert!(folder.read("specs/db/customers.md").contains("Whoever buys."));
    assert!(!folder.has("specs/db/session.md") && !folder.has("specs/db/alembic-version.md"));

    let ran = groma(&folder, &["check"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = groma(&folder, &["migrate", "adopt", "--database", &database.url()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let before = schema(&database);
    let ran = groma(&folder, &["migrate", "plan", "--database", &database.url()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.out.contains("ALTER TABLE"), "{ran:?}");
    let ran = groma(&folder, &["migrate", "drift", "--database", &database.url()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(schema(&database), before);
    assert_eq!(database.sql("SELECT count(*) FROM customers"), "1");
}

fn schema(database: &Database) -> String {
    database.sql(
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
         WHERE table_schema = 'public' ORDER BY 1, 2;
         SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1;
         SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    )
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let database = Database::new();
    database.sql(SHOP);
    let folder = Folder::new();
    folder.write("specs/db/orders.md", "mine");
    let ran = groma(&folder, &["import", &database.url()]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(folder.read("specs/db/orders.md"), "mine");
    assert!(!folder.has("specs/db/customers.md"));
}

#[test]
fn an_address_that_is_none_and_a_file_that_is_not_there_are_said() {
    let folder = Folder::new();
    let ran = groma(&folder, &["import", "mysql://localhost/shop"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let ran = groma(&folder, &["import", "sqlite:nothing.db"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(!folder.has("nothing.db"));
    let ran = groma(&folder, &["import", "postgres://me:secret@127.0.0.1:1/shop"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(!ran.err.contains("secret"), "{ran:?}");
}
