//! A list whose rule has many ways in: each is one range of an index, cut off by itself, whatever the tables hold.

use groma_diag::Sources;
use groma_ir::Model;

use super::harness::{Api, user};
use crate::Presence;

const DESIGN: &str = r#"
service Docs { base /api }
auth {
  issuer "https://id.example" jwks "/keys" algorithms EdDSA
  audience "https://id.example"
  caller User from claim sub
}
entity User external { id: text(1..64) key }
tenant Team { id: uuid key; name: text(1..50); members User as viewer < owner, at least 1 owner }
entity Account { id: uuid key; name: text(1..50); holder: User = caller readonly }
entity Project { id: uuid key; name: text(1..50); owner: User = caller readonly; account: Account? on delete set null
  shared with User as view < edit }
entity Doc {
  id: uuid key
  title: text(1..50)
  owner: User = caller readonly
  project: Project? on delete set null
  team: Team? on delete set null
  shared with User as view < edit
  timestamps
}
access Team { allow create to authenticated; allow read to viewer; allow update to owner }
access Account { allow create to authenticated; allow read, update to holder }
access Project { allow create to authenticated; allow read to owner, view, account.holder }
access Doc {
  allow create to authenticated
  allow read to owner, view, team.viewer, can read project
}
resource /docs for Doc { list { sort -created_at, title; page 20 max 100 }; read }
"#;

/// Ann sees so many of all documents: her own, those of two projects, of a team, and twelve that are shared with her.
fn filled(documents: usize) -> Api {
    let mut sources = Sources::new();
    sources.add("docs.groma", DESIGN);
    let compiled = groma_sema::compile(&sources);
    let design = compiled
        .design
        .unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
    let api = Api::new(Model::new(design), Presence::none());
    api.db
        .execute_batch(&format!(
            "INSERT INTO teams (id, name) VALUES ('t0', 'a'), ('t1', 'b');
             INSERT INTO team_members (id, team_id, user_id, role) VALUES ('m0', 't0', 'ann', 'viewer'), ('m1', 't1', 'bob', 'owner');
             INSERT INTO accounts (id, name, holder_id) VALUES ('a0', 'a', 'ann'), ('a1', 'b', 'bob');
             INSERT INTO projects (id, name, owner_id, account_id)
               VALUES ('p0', 'a', 'ann', NULL), ('p1', 'b', 'bob', 'a0'), ('p2', 'c', 'bob', NULL), ('p3', 'd', 'bob', 'a1');
             INSERT INTO project_shares (id, project_id, user_id, level) VALUES ('s', 'p2', 'ann', 'view');
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {documents})
             INSERT INTO docs (id, title, owner_id, project_id, team_id, created_at, updated_at)
             SELECT printf('%08x-0000-7000-8000-000000000000', i), 't', CASE i % 8 WHEN 0 THEN 'ann' ELSE 'bob' END,
                    'p' || (i % 4), 't' || (i % 2), printf('2026-11-21T10:00:%09.6fZ', i / 1e3), 'x'
             FROM n;
             INSERT INTO doc_shares (id, doc_id, user_id, level)
             SELECT 's' || id, id, 'ann', 'view' FROM docs ORDER BY id LIMIT 12;"
        ))
        .unwrap();
    api
}

#[test]
fn each_way_in_is_a_range_of_an_index() {
    let api = filled(400);
    let caller = user("ann");
    let cursor = api.get(&caller, "/api/docs?limit=5").body["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    for url in [
        "/api/docs".to_owned(),
        format!("/api/docs?limit=5&cursor={cursor}"),
    ] {
        let plan = api.explain(&caller, &url);
        for index in [
            "docs_owner_id_created_at_id_idx (owner_id=?",
            "docs_team_id_created_at_id_idx (team_id=?",
            "docs_project_id_created_at_id_idx (project_id=?",
            "doc_shares_user_id_doc_id_idx (user_id=?",
            "team_members_user_id_team_id_idx (user_id=?",
        ] {
            assert!(plan.contains(index), "{url}: no {index} in\n{plan}");
        }
        let tables = ["t", "o", "r1", "r2", "r3", "docs", "projects", "teams"];
        for table in tables {
            let scan = format!("SCAN {table}\n");
            assert!(!format!("{plan}\n").contains(&scan), "{url}: {scan} in\n{plan}");
        }
    }
}

#[test]
fn a_page_costs_the_same_whatever_the_tables_hold() {
    let (few, many) = (filled(400), filled(16_000));
    let caller = user("ann");
    for url in ["/api/docs", "/api/docs?sort=created_at", "/api/docs?limit=100"] {
        let (few, many) = (few.steps(&caller, url), many.steps(&caller, url));
        assert!(many < few + few / 4, "{url}: {few} steps, then {many}");
    }
}
