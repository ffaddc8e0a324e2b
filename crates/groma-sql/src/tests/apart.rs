//! What Postgres has of its own: folded text, JSON, columns of others, isolation.

use groma_diag::Sources;
use groma_ir::Model;
use groma_ir::scalar::StorageClass;
use groma_plan::{Cell, Encode, fold};

use super::harness::{Api, user};
use super::wide;
use crate::dialect::Spelling;
use crate::{Isolation, Presence, Transaction, Violation, postgres};

fn compiled(design: &str) -> Model {
    let mut sources = Sources::new();
    sources.add("apart.groma", design);
    let compiled = groma_sema::compile(&sources);
    let design = compiled.design;
    Model::new(design.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics)))
}

/// The letters of the newest Unicode versions differ: a database knows those of its ICU.
#[test]
fn text_is_folded_as_it_is_elsewhere() {
    let api = Api::tasks();
    let folded = Spelling::Postgres.folded("chr(i)");
    let rows = api.twin.as_ref().unwrap().rows_of(&format!(
        "SELECT i, {folded} FROM generate_series(1, 1114111) AS i WHERE i NOT BETWEEN 55296 AND 57343"
    ));
    let mut others = Vec::new();
    for row in rows {
        let (code, theirs): (i32, String) = (row.get(0), row.get(1));
        let letter = char::from_u32(u32::try_from(code).unwrap()).unwrap();
        if fold(&letter.to_string()) != theirs {
            others.push(code);
        }
    }
    let is_new = |code: &i32| {
        (0xA7CB..=0xA7DC).contains(code)
            || (0x1C89..=0x1C8A).contains(code)
            || matches!(code, 0x264 | 0x19B | 0x10D50..=0x10D85 | 0x16EA0..=0x16ED3)
    };
    let unexpected: Vec<_> = others.iter().filter(|code| !is_new(code)).collect();
    assert!(unexpected.is_empty(), "{unexpected:x?}");
}

#[test]
fn a_letter_is_found_wherever_it_stands_in_a_word() {
    let api = Api::tasks();
    let ada = user("ada");
    for title in [
        "\u{39f}\u{394}\u{39f}\u{3a3} \u{391}",
        "Stra\u{df}e",
        "\u{130}x",
        "\u{149}a",
        "\u{1e9e}",
    ] {
        api.make(&ada, "/api/tasks", &format!(r#"{{"title":"{title}"}}"#));
    }
    for (word, found) in [
        ("\u{3bf}\u{3b4}\u{3bf}\u{3c3}", 1),
        ("\u{3bf}\u{3b4}\u{3bf}\u{3c2}", 1),
        ("\u{3b4}\u{3bf}", 1),
        ("STRASSE", 1),
        ("\u{2bc}N", 1),
        ("%00", 0),
    ] {
        let answer = api.get(&ada, &format!("/api/tasks?q={word}"));
        let count = answer.body["items"].as_array().map_or(0, Vec::len);
        assert_eq!(count, found, "{word}: {}", answer.text);
    }
}

#[test]
fn json_comes_back_in_the_form_of_the_database() {
    let api = Api::new(wide::lowered(|_| {}), Presence::none());
    let twin = api.twin.as_ref().unwrap();
    twin.run(
        r#"INSERT INTO projects (id, name, owner_id, token, expires, settings)
           VALUES ('019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5d', 'p', 'ada', 't', now(),
                   '{"long": [1e300, -2.50, 1e2], "b": "x \"y\" :", "a": {}}')"#,
    );
    let got = api.get_on_postgres(&user("ada"), "/api/projects/019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5d");
    let wanted = r#""settings":{"a":{},"b":"x \"y\" :","long":[1e+300,-2.50,100]},"#;
    assert!(got.text.contains(wanted), "{}", got.text);
}

/// The columns of Better Auth on Postgres, and some that are not what the design says.
const THEIRS: &str = r#"
service People { base /api }
auth {
  issuer env ISSUER_URL jwks "/jwks" algorithms EdDSA
  audience env ISSUER_URL
  caller User from claim sub
  roles user < admin from claim role default user
}
enum Plan { free, pro }
entity User external table "user" {
  id: text(1..64) key
  verified: bool column "emailVerified"
  plan: Plan
  created: datetime column "createdAt"
  seen: datetime?
  until: datetime?
  born: date?
  level: int(-5..10)?
  worth: decimal(6, 2)?
  tags: [text(1..20)]?
}
access User { allow read to authenticated when created <= now }
resource /people for User { list { filter plan, verified, level, worth; sort seen, until, id }; read }
"#;

#[test]
fn columns_of_others_are_read_by_the_types_that_they_have() {
    let table = "user".to_owned();
    let types = [
        ("emailVerified", "smallint"),
        ("plan", "plan"),
        ("createdAt", "timestamp(3) without time zone"),
        ("seen", "bigint"),
        ("until", "text"),
        ("born", "date"),
        ("level", "numeric"),
        ("worth", "numeric(10,3)"),
        ("tags", "text[]"),
    ];
    let types = types.map(|(column, of)| (table.clone(), column.to_owned(), of.to_owned()));
    let api = Api::new(compiled(THEIRS), Presence::of([table]).and_types(types));
    api.twin.as_ref().unwrap().run(
        r#"SET timezone TO 'Asia/Tokyo';
           CREATE TYPE plan AS ENUM ('free', 'pro', 'gone');
           CREATE TABLE "user" (id varchar PRIMARY KEY, "emailVerified" smallint, plan plan, "createdAt" timestamp(3),
             seen bigint, until text, born date, level numeric, worth numeric(10,3), tags text[]);
           INSERT INTO "user" VALUES
             ('a', 1, 'pro', '2026-11-21 09:00:00.5', 1795255200001, 'soon', '2026-01-31', 3, 12.500, '{x,"y z"}'),
             ('b', 0, 'gone', '2026-11-21 09:00', NULL, NULL, 'infinity', 3.5, 12.501, NULL),
             ('c', 0, 'free', 'infinity', NULL, NULL, NULL, NULL, NULL, NULL),
             ('d', 0, 'free', '2026-11-21 19:00', NULL, NULL, NULL, 11, NULL, '{}')"#,
    );
    let ann = user("ann");
    let all = api.get_on_postgres(&ann, "/api/people?sort=-seen,id");
    assert_eq!(
        all.body["items"].to_string(),
        serde_json::json!([
            {"id": "a", "verified": true, "plan": "pro", "created": "2026-11-21T09:00:00.500000Z",
             "seen": "2026-11-21T10:00:00.001000Z", "until": null, "born": "2026-01-31", "level": 3,
             "worth": "12.50", "tags": ["x", "y z"]},
            {"id": "b", "verified": false, "plan": null, "created": "2026-11-21T09:00:00.000000Z", "seen": null,
             "until": null, "born": null, "level": null, "worth": null, "tags": null},
        ])
        .to_string()
    );
    for (query, found) in [
        ("plan=pro", 1),
        ("verified=false", 1),
        ("level=3", 1),
        ("worth=12.5", 1),
        ("plan__ne=pro", 1),
    ] {
        let got = api.get_on_postgres(&ann, &format!("/api/people?{query}"));
        assert_eq!(
            got.body["items"].as_array().map(Vec::len),
            Some(found),
            "{query}: {}",
            got.text
        );
    }
}

#[test]
fn what_a_constraint_says_is_told_by_its_name() {
    let model = groma_ir::sample::tasks();
    let unique = |table, name| postgres::violation(&model, "23505", Some(table), Some(name));
    let column = |table: &str, column: &str| (table.to_owned(), column.to_owned());
    assert_eq!(
        unique("projects", "projects_owner_id_name_key"),
        Some(Violation::Unique(vec![
            column("projects", "owner_id"),
            column("projects", "name")
        ]))
    );
    assert_eq!(
        unique("tasks", "tasks_pkey"),
        Some(Violation::Unique(vec![column("tasks", "id")]))
    );
    assert_eq!(
        unique("theirs", "theirs_key"),
        Some(Violation::Unique(Vec::new()))
    );
    let of = |code| postgres::violation(&model, code, Some("tasks"), Some("tasks_title_check"));
    assert_eq!(of("23503"), Some(Violation::ForeignKey));
    assert_eq!(of("23514"), Some(Violation::Check("tasks_title_check".into())));
    let of_others = postgres::violation(&model, "23514", Some("tasks"), Some("house_rule"));
    assert_eq!(
        (of_others, of("22003")),
        (
            Some(Violation::Check("house_rule".into())),
            Some(Violation::Value)
        )
    );
    assert_eq!((of("40001"), of("23502")), (None, None));
}

#[test]
fn a_job_says_how_far_it_is_kept_apart() {
    let api = Api::tasks();
    let ada = user("ada");
    let task = api.make(&ada, "/api/tasks", r#"{"title":"t"}"#);
    let url = format!("/api/tasks/{task}");
    let statement = Transaction::Write(Isolation::Statement);
    let snapshot = Transaction::Write(Isolation::Snapshot);
    for (method, url, body, expected) in [
        ("GET", "/api/tasks", "", Transaction::None),
        ("GET", "/api/tasks?count=true", "", Transaction::Read),
        ("POST", "/api/tasks", r#"{"title":"t"}"#, statement),
        ("PATCH", url.as_str(), r#"{"title":"u"}"#, statement),
        (
            "PATCH",
            &url,
            r#"{"project_id":"019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5d"}"#,
            snapshot,
        ),
        ("DELETE", &url, "", statement),
    ] {
        assert_eq!(
            api.transaction(&ada, (method, url, body)),
            expected,
            "{method} {url} {body}"
        );
    }
}

#[test]
fn who_may_take_away_the_last_owner_runs_as_if_alone() {
    let api = Api::new(super::put::model(), Presence::of([String::from("user")]));
    let ada = user("ada");
    let serial = Transaction::Write(Isolation::Serial);
    let row = "/teams/019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5d/members/bob";
    for (method, body) in [("PUT", r#"{"role":"viewer"}"#), ("PATCH", r#"{"role":"viewer"}"#)] {
        assert_eq!(api.transaction(&ada, (method, row, body)), serial, "{method}");
    }
}

#[test]
fn sums_and_averages_are_those_of_sqlite() {
    for values in [
        vec![i64::MAX, i64::MIN, -5],
        vec![i64::MAX - 1, 1],
        vec![i64::MAX, i64::MAX, 2],
        vec![1, 2, 2],
        vec![123_456_789_123, 1, 1],
    ] {
        are_alike(&values, StorageClass::Int);
    }
    for values in [
        vec![0.1, 0.2, 1e-300],
        vec![1e200, -1e100],
        vec![1e308, -1e307],
        vec![1e300, 1e-300],
        // Endless, which no answer holds.
        vec![1.7e308, 1.7e308],
        vec![-1.7e308, -1e308, 5.0],
    ] {
        are_alike(&values, StorageClass::Float);
    }
}

/// Whether both databases answer the same sum and the same average.
fn are_alike<N: std::fmt::Debug>(values: &[N], class: StorageClass) {
    let api = Api::tasks();
    let twin = api.twin.as_ref().unwrap();
    let written = |pieces: Vec<(String, String)>| -> String {
        pieces.into_iter().flat_map(|(call, end)| [call, end]).collect()
    };
    let rows = |cast: &str| {
        let rows: Vec<String> = values
            .iter()
            .map(|value| format!("('{value:?}'{cast})"))
            .collect();
        let rows = rows.join(", ");
        format!("(SELECT column1 AS n FROM (VALUES {rows}) AS v) AS w")
    };
    let (lite, there) = match class {
        StorageClass::Float => ("+0.0", "::float8"),
        _ => ("+0", "::bigint"),
    };
    for of in [Spelling::sum, Spelling::average] {
        let expression = written(of(Spelling::Sqlite, "n", class));
        let sqlite = api
            .db
            .query_row(&format!("SELECT {expression} FROM {}", rows(lite)), [], |row| {
                row.get::<_, rusqlite::types::Value>(0)
            });
        let sqlite = match sqlite.unwrap() {
            rusqlite::types::Value::Integer(number) => Cell::Int(number),
            rusqlite::types::Value::Real(number) => Cell::Float(number),
            other => panic!("{other:?}"),
        };
        let mut expected = Vec::new();
        Encode::Number.write(sqlite, &mut expected);
        let expression = written(of(Spelling::Postgres, "n", class));
        assert_eq!(
            twin.json_of(&format!("SELECT {expression} FROM {}", rows(there))),
            String::from_utf8(expected).unwrap(),
            "{expression} of {values:?}"
        );
    }
}
