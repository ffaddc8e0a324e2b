//! A list whose rule has many ways in: each is one range of an index, cut off by itself, whatever the tables hold.

use expect_test::{Expect, expect};
use groma_diag::Sources;
use groma_ir::Model;

use groma_plan::Caller;

use super::harness::{Api, admin, user};
use crate::Presence;

const DESIGN: &str = r#"
service Docs { base /api }
auth {
  issuer "https://id.example" jwks "/keys" algorithms EdDSA
  audience "https://id.example"
  caller User from claim sub
  roles user < admin from claim role default user
}
entity User external { id: text(1..64) key }
tenant Team { id: uuid key; name: text(1..50); members User as viewer < owner, at least 1 owner }
entity Account { id: uuid key; name: text(1..50); holder: User = caller readonly }
entity Project { id: uuid key; name: text(1..50); owner: User = caller readonly; account: Account?
  shared with User as view < edit }
entity Doc {
  id: uuid key
  title: text(1..50)
  owner: User = caller readonly
  project: Project? on delete set null
  team: Team? on delete set null
  visibility: Visibility = private
  shared with User as view < edit
  timestamps
}
enum Visibility { private, public }
access Team { allow create to authenticated; allow read to viewer; allow update to owner }
access Account { allow create to authenticated; allow read, update to holder }
access Project { allow create to authenticated; allow read to owner, view, account.holder }
access Doc {
  allow create to authenticated
  allow read to owner, view, team.viewer, can read project
  allow read to everyone when visibility == public
  allow read to admin
}
resource /docs for Doc { list { sort -created_at, title; page 20 max 100 }; read }
"#;

pub(super) fn model() -> Model {
    let mut sources = Sources::new();
    sources.add("docs.groma", DESIGN);
    let compiled = groma_sema::compile(&sources);
    let design = compiled.design;
    Model::new(design.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics)))
}

/// Ann sees so many of all documents: her own, those of two projects, of a team, twelve that are shared with her, and what is public.
fn filled(documents: usize) -> Api {
    let api = Api::on_sqlite(model(), Presence::none());
    api.db
        .execute_batch(&format!(
            "INSERT INTO teams (id, name) VALUES ('t0', 'a'), ('t1', 'b');
             INSERT INTO team_members (id, team_id, user_id, role) VALUES ('m0', 't0', 'ann', 'viewer'), ('m1', 't1', 'bob', 'owner');
             INSERT INTO accounts (id, name, holder_id) VALUES ('a0', 'a', 'ann'), ('a1', 'b', 'bob');
             INSERT INTO projects (id, name, owner_id, account_id)
               VALUES ('p0', 'a', 'ann', NULL), ('p1', 'b', 'bob', 'a0'), ('p2', 'c', 'bob', NULL), ('p3', 'd', 'bob', 'a1');
             INSERT INTO project_shares (id, project_id, user_id, level) VALUES ('s', 'p2', 'ann', 'view');
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {documents})
             INSERT INTO docs (id, title, owner_id, project_id, team_id, visibility, created_at, updated_at)
             SELECT printf('%08x-0000-7000-8000-000000000000', i), 't', CASE i % 8 WHEN 0 THEN 'ann' ELSE 'bob' END,
                    'p' || (i % 4), 't' || (i % 2),
                    CASE i % 16 WHEN 3 THEN 'public' ELSE 'private' END, printf('2026-11-21T10:00:%09.6fZ', i / 1e3), 'x'
             FROM n;
             INSERT INTO doc_shares (id, doc_id, user_id, level)
             SELECT 's' || id, id, 'ann', 'view' FROM docs ORDER BY id LIMIT 12;"
        ))
        .unwrap();
    others(&api);
    api
}

/// Three hundred others, each with an account, a project, a team, and a share of both kinds.
fn others(api: &Api) {
    let fill = |into: &str, values: &str| {
        api.db
            .execute_batch(&format!(
                "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 309)
                 INSERT INTO {into} SELECT {values} FROM n"
            ))
            .unwrap();
    };
    fill("accounts (id, name, holder_id)", "'a' || i, 'n', 'u' || i");
    fill(
        "projects (id, name, owner_id, account_id)",
        "'p' || i, 'n', 'u' || i, 'a' || i",
    );
    fill("teams (id, name)", "'t' || i, 'n'");
    fill(
        "team_members (id, team_id, user_id, role)",
        "'m' || i, 't' || i, 'u' || i, 'owner'",
    );
    fill(
        "project_shares (id, project_id, user_id, level)",
        "'q' || i, 'p' || i, 'u' || i, 'view'",
    );
    fill(
        "doc_shares (id, doc_id, user_id, level)",
        "'d' || i, (SELECT id FROM docs LIMIT 1), 'u' || i, 'view'",
    );
}

/// The branches of the list, in the order of the rule's parts, and what is done with all their rows.
fn check(api: &Api, caller: &Caller, url: &str, expected: &Expect) {
    let (branches, rest) = api.branches(caller, url);
    let branches = branches.iter().map(|steps| steps.join("\n"));
    let rest = format!("together:\n{}", rest.join("\n"));
    let all: Vec<String> = branches.chain([rest]).collect();
    expected.assert_eq(&all.join("\n\n"));
}

#[test]
fn each_way_in_is_a_range_of_an_index() {
    check(
        &filled(400),
        &user("ann"),
        "/api/docs",
        &expect![[r#"
        CO-ROUTINE (subquery-1)
        SEARCH t USING INDEX docs_owner_id_created_at_id_idx (owner_id=?)
        SCAN (subquery-1)

        CO-ROUTINE (subquery-3)
        SEARCH r1 USING COVERING INDEX doc_shares_user_id_doc_id_idx (user_id=?)
        SEARCH t USING INDEX sqlite_autoindex_docs_1 (id=?)
        USE TEMP B-TREE FOR ORDER BY
        SCAN (subquery-3)

        CO-ROUTINE (subquery-6)
        SEARCH r2 USING COVERING INDEX team_members_user_id_team_id_idx (user_id=?)
        SEARCH o USING INTEGER PRIMARY KEY (rowid=?)
        CORRELATED LIST SUBQUERY 5
        SEARCH t USING COVERING INDEX docs_team_id_created_at_id_idx (team_id=?)
        USE TEMP B-TREE FOR ORDER BY
        SCAN (subquery-6)

        CO-ROUTINE (subquery-11)
        MULTI-INDEX OR
        INDEX 1
        SEARCH r3 USING INDEX projects_owner_id_idx (owner_id=?)
        INDEX 2
        LIST SUBQUERY 9
        SEARCH r4 USING COVERING INDEX project_shares_user_id_project_id_idx (user_id=?)
        SEARCH r3 USING INDEX sqlite_autoindex_projects_1 (id=?)
        INDEX 3
        LIST SUBQUERY 10
        SEARCH r5 USING INDEX accounts_holder_id_idx (holder_id=?)
        SEARCH r3 USING INDEX projects_account_id_idx (account_id=?)
        SEARCH o USING INTEGER PRIMARY KEY (rowid=?)
        CORRELATED LIST SUBQUERY 8
        SEARCH t USING COVERING INDEX docs_project_id_created_at_id_idx (project_id=?)
        USE TEMP B-TREE FOR ORDER BY
        SCAN (subquery-11)

        CO-ROUTINE (subquery-13)
        SEARCH t USING INDEX docs_visibility_created_at_id_idx (visibility=?)
        SCAN (subquery-13)

        together:
        CO-ROUTINE (subquery-14)
        COMPOUND QUERY
        SCAN (subquery-14)
        USE TEMP B-TREE FOR GROUP BY"#]],
    );
}

#[test]
fn a_later_page_starts_within_each_range() {
    let api = filled(400);
    let url = later(&api, &user("ann"), "/api/docs?limit=5");
    check(
        &api,
        &user("ann"),
        &url,
        &expect![[r#"
        CO-ROUTINE (subquery-1)
        SEARCH t USING INDEX docs_owner_id_created_at_id_idx (owner_id=? AND (created_at,id)<(?,?))
        SCAN (subquery-1)

        CO-ROUTINE (subquery-3)
        SEARCH r1 USING COVERING INDEX doc_shares_user_id_doc_id_idx (user_id=?)
        SEARCH t USING INDEX sqlite_autoindex_docs_1 (id=?)
        USE TEMP B-TREE FOR ORDER BY
        SCAN (subquery-3)

        CO-ROUTINE (subquery-6)
        SEARCH r2 USING COVERING INDEX team_members_user_id_team_id_idx (user_id=?)
        SEARCH o USING INTEGER PRIMARY KEY (rowid=?)
        CORRELATED LIST SUBQUERY 5
        SEARCH t USING COVERING INDEX docs_team_id_created_at_id_idx (team_id=? AND (created_at,id)<(?,?))
        USE TEMP B-TREE FOR ORDER BY
        SCAN (subquery-6)

        CO-ROUTINE (subquery-11)
        MULTI-INDEX OR
        INDEX 1
        SEARCH r3 USING INDEX projects_owner_id_idx (owner_id=?)
        INDEX 2
        LIST SUBQUERY 9
        SEARCH r4 USING COVERING INDEX project_shares_user_id_project_id_idx (user_id=?)
        SEARCH r3 USING INDEX sqlite_autoindex_projects_1 (id=?)
        INDEX 3
        LIST SUBQUERY 10
        SEARCH r5 USING INDEX accounts_holder_id_idx (holder_id=?)
        SEARCH r3 USING INDEX projects_account_id_idx (account_id=?)
        SEARCH o USING INTEGER PRIMARY KEY (rowid=?)
        CORRELATED LIST SUBQUERY 8
        SEARCH t USING COVERING INDEX docs_project_id_created_at_id_idx (project_id=? AND (created_at,id)<(?,?))
        USE TEMP B-TREE FOR ORDER BY
        SCAN (subquery-11)

        CO-ROUTINE (subquery-13)
        SEARCH t USING INDEX docs_visibility_created_at_id_idx (visibility=? AND (created_at,id)<(?,?))
        SCAN (subquery-13)

        together:
        CO-ROUTINE (subquery-14)
        COMPOUND QUERY
        SCAN (subquery-14)
        USE TEMP B-TREE FOR GROUP BY"#]],
    );
}

#[test]
fn who_reads_everything_reads_in_the_order_of_an_index() {
    let api = filled(400);
    let root = admin("root");
    for url in ["/api/docs".to_owned(), later(&api, &root, "/api/docs?limit=5")] {
        let plan = api.explain(&root, &url);
        assert!(plan.contains("t USING INDEX docs_created_at_id_idx"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE") && !plan.contains('\n'), "{plan}");
    }
}

#[test]
fn no_table_is_gone_through_whatever_statistics_say() {
    let api = filled(2_000);
    for is_analyzed in [false, true] {
        if is_analyzed {
            api.db.execute_batch("ANALYZE").unwrap();
        }
        for url in [
            "/api/docs",
            "/api/docs?limit=5",
            "/api/docs?sort=created_at&limit=5",
        ] {
            let caller = user("ann");
            for url in [url.to_owned(), later(&api, &caller, url)] {
                let (branches, _) = api.branches(&caller, &url);
                assert_eq!(branches.len(), 5, "{url}");
                let steps = branches.iter().flatten();
                let scans: Vec<_> = steps
                    .filter(|step| step.starts_with("SCAN ") && !step.starts_with("SCAN (subquery"))
                    .collect();
                assert!(scans.is_empty(), "{url}: {scans:?}");
            }
        }
    }
}

/// The page after one.
fn later(api: &Api, caller: &Caller, url: &str) -> String {
    let cursor = api.get(caller, url).body["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}cursor={cursor}")
}

#[test]
fn a_page_costs_the_same_whatever_the_tables_hold() {
    let (few, many) = (filled(400), filled(16_000));
    let caller = user("ann");
    for url in ["/api/docs", "/api/docs?sort=created_at", "/api/docs?limit=100"] {
        for url in [url.to_owned(), later(&few, &caller, url)] {
            let (few, many) = (few.steps(&caller, &url), many.steps(&caller, &url));
            assert!(many < few + few / 4, "{url}: {few} steps, then {many}");
        }
    }
}
