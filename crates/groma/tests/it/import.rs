//! `groma import`: what it does not do. What it does is held to whole databases, beside this.

use serde_json::json;
use testkit::postgres::Database;

use crate::support::{Folder, Serving, groma, groma_with, notes};

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let database = Database::new();
    database.sql("CREATE TABLE customers (id uuid PRIMARY KEY); CREATE TABLE orders (id uuid PRIMARY KEY)");
    let folder = Folder::new();
    folder.write("specs/db/orders.md", "mine");
    let ran = groma(&folder, &["import", &database.url()]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(folder.read("specs/db/orders.md"), "mine");
    assert!(!folder.has("specs/db/customers.md"));
}

#[test]
fn an_address_that_is_none_and_a_file_that_is_not_there_are_said() {
    let folder = notes();
    for (address, why) in [
        (
            "mysql://me:secret@localhost/shop",
            "its scheme `mysql` is not known",
        ),
        (
            "postgresql+asyncpg://me:secret@localhost/shop",
            "leave it out: `postgresql://`",
        ),
        (
            "psql 'postgresql://me:secret@localhost/shop'",
            "address of a server",
        ),
        ("host=localhost password=secret", "address of a server"),
        ("postgresql://me:se/cret@localhost/shop", "its port is no number"),
        (
            "postgres://me:secret@127.0.0.1:1/shop",
            "postgresql://me@127.0.0.1:1/shop",
        ),
    ] {
        let status = ["migrate", "status"].as_slice();
        let verify = ["verify", "http://127.0.0.1:1", "--database", address];
        for (words, variables) in [
            (["import", address].as_slice(), vec![]),
            (status, vec![("DATABASE_URL", address)]),
            (&["migrate", "status", "--database", address], vec![]),
            (&verify, vec![]),
        ] {
            let ran = groma_with(&folder, words, &variables);
            assert_eq!(ran.code, Some(2), "{words:?}: {ran:?}");
            let said = format!("{}{}", ran.out, ran.err);
            assert!(
                !said.contains("secret") && !said.contains("cret@"),
                "{words:?}: {said}"
            );
            assert!(said.contains(why), "{words:?}: {said}");
        }
    }
    let ran = groma(&folder, &["import", "sqlite:nothing.db"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(!folder.has("nothing.db"));
}

/// What a design says that tables do not.
const REST: &str = "# Rest

```groma
auth {
  issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA
  audience env ISSUER_URL
  caller User from claim sub
}
entity User external {
  id: text(1..64) key
}
access Customer { allow all to authenticated }
access Order { allow all to authenticated }
resource /customers for Customer
resource /orders for Order
```
";

/// Imports tables of a customer, Ada, and their orders, takes them over and serves them.
fn taken_over_and_served(url: &str) {
    let folder = Folder::new();
    let ran = groma(&folder, &["import", url]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    folder.write("specs/rest.md", REST);
    let orders = folder.read("specs/db/orders.md");
    folder.write(
        "specs/db/orders.md",
        &orders.replace("  index customer", "  check total >= 0\n  index customer"),
    );
    for word in ["adopt", "plan", "apply"] {
        let ran = groma(&folder, &["migrate", word, "--database", url]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }

    let token = groma(&folder, &["token"]).out;
    let server = Serving::start(&folder, &["serve"], &[("DATABASE_URL", url)]);
    let ask = |route: (&str, &str), body: serde_json::Value| server.ask(Some(&token), route, &body);
    let (status, list) = ask(("GET", "/api/customers"), json!(null));
    assert_eq!(
        (status, &list["items"][0]["full_name"]),
        (200, &json!("Ada")),
        "{list}"
    );
    let bob = json!({"full_name": "Bob", "email": "bob@example.org"});
    let (status, made) = ask(("POST", "/api/customers"), bob.clone());
    assert_eq!(
        (status, &made["id"], &made["tier"]),
        (201, &json!(2), &json!("basic")),
        "{made}"
    );
    let (status, _) = ask(("PATCH", "/api/customers/2"), json!({"tier": "gold"}));
    assert_eq!(status, 200);
    assert_eq!(ask(("POST", "/api/customers"), bob).0, 409);
    let (status, _) = ask(("POST", "/api/orders"), json!({"customer_id": 2, "total": 3}));
    assert_eq!(status, 201);
    // The check is known by what it says, and not by the name that it has in the database.
    let (status, refused) = ask(("POST", "/api/orders"), json!({"customer_id": 2, "total": -3}));
    assert_eq!(
        (status, &refused["errors"][0]["pointer"]),
        (400, &json!("/total")),
        "{refused}"
    );
    assert_eq!(ask(("DELETE", "/api/customers/2"), json!(null)).0, 204);
    assert_eq!(ask(("GET", "/api/orders"), json!(null)).1["items"], json!([]));
    assert_eq!(server.stop(), Some(0));
    let ran = groma(&folder, &["migrate", "drift", "--database", url]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn a_file_of_somebody_s_own_hand_is_taken_over_and_served() {
    let folder = Folder::new();
    let file = folder.path().join("shop.db");
    let tables = "
        CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, PRIMARY KEY (version_num));
        CREATE TABLE Customers (
          id INTEGER NOT NULL, \"fullName\" VARCHAR(120) NOT NULL, email VARCHAR(254) NOT NULL,
          tier VARCHAR(10) NOT NULL DEFAULT 'basic' CHECK (tier IN ('basic', 'gold')),
          PRIMARY KEY (id), CONSTRAINT uq_email UNIQUE (email), CHECK (length(email) <= 254)
        );
        CREATE TABLE orders (
          total INTEGER NOT NULL DEFAULT 0, note VARCHAR(20), rank BIGINT DEFAULT 3,
          customer_id INTEGER NOT NULL CONSTRAINT fk_customer REFERENCES customers ON DELETE CASCADE,
          id INTEGER PRIMARY KEY AUTOINCREMENT, CONSTRAINT ck_total CHECK (total>=0)
        );
        CREATE INDEX ix_orders_customer ON orders (customer_id);
        INSERT INTO Customers (\"fullName\", email) VALUES ('Ada', 'ada@example.org')";
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute_batch(tables).unwrap();
    taken_over_and_served(&format!("sqlite:{}", file.display()));
}

#[test]
fn tables_of_somebody_s_own_hand_are_taken_over_and_served() {
    let database = Database::new();
    database.sql(
        "CREATE TABLE customers (
           id serial CONSTRAINT customer_key PRIMARY KEY, \"fullName\" varchar(120) NOT NULL,
           email varchar(254) NOT NULL CONSTRAINT uq_email UNIQUE,
           tier varchar(10) NOT NULL DEFAULT 'basic' CONSTRAINT ck_tier CHECK (tier IN ('basic', 'gold'))
         );
         CREATE TABLE orders (
           total integer NOT NULL DEFAULT 0 CONSTRAINT ck_total CHECK (total >= 0), note varchar(20),
           customer_id integer NOT NULL CONSTRAINT fk_customer REFERENCES customers ON DELETE CASCADE,
           id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY
         );
         CREATE INDEX ix_orders_customer ON orders (customer_id);
         INSERT INTO customers (\"fullName\", email) VALUES ('Ada', 'ada@example.org')",
    );
    taken_over_and_served(&database.url());
}
