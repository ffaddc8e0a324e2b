//! A list whose rule has many ways in, on Postgres: each is one range of an index, sorted and cut off by itself.

use expect_test::{Expect, expect};
use groma_plan::Caller;

use super::branches::model;
use super::harness::{Api, admin, user};
use crate::Presence;

/// So many documents, of which ann sees some in every way; and five thousand others with as much of their own.
fn filled(documents: usize) -> Api {
    let api = Api::new(model(), Presence::none());
    let twin = api.twin.as_ref().unwrap();
    let key = |kind: char, number: &str| {
        format!("('{kind}0000000-0000-7000-8000-' || lpad(({number})::text, 12, '0'))::uuid")
    };
    let all = "generate_series(0, 4999) AS i";
    // The first two of everything are ann's and bob's.
    let who = "CASE i WHEN 0 THEN 'ann' WHEN 1 THEN 'bob' ELSE 'u' || i END";
    let (team, account, project) = (key('a', "i"), key('b', "i"), key('c', "i"));
    let (doc, tie) = (key('d', "i"), key('e', "i"));
    let at = "'2026-11-21T10:00:00Z'::timestamptz";
    let of_doc = |kind, most: &str| key(kind, &format!("i % {most}"));
    twin.run(&format!(
        "INSERT INTO accounts (id, name, holder_id) SELECT {account}, 'n', {who} FROM {all};
         INSERT INTO projects (id, name, owner_id, account_id)
           SELECT {project}, 'n', {who}, {account} FROM {all};
         INSERT INTO teams (id, name) SELECT {team}, 'n' FROM {all};
         INSERT INTO team_members (id, team_id, user_id, role) SELECT {tie}, {team}, {who}, 'owner' FROM {all};
         INSERT INTO project_shares (id, project_id, user_id, level)
           SELECT {tie}, {}, {who}, 'view' FROM {all};
         INSERT INTO docs (id, title, owner_id, project_id, team_id, visibility, created_at, updated_at)
           SELECT {doc}, 't', CASE i % 8 WHEN 0 THEN 'ann' ELSE 'u' || (i % 5000) END, {}, {},
                  CASE i % 16 WHEN 3 THEN 'public' ELSE 'private' END, {at} + i * interval '1 second', {at}
           FROM generate_series(1, {documents}) AS i;
         INSERT INTO doc_shares (id, doc_id, user_id, level)
           SELECT {tie}, {}, {who}, 'view' FROM {all}",
        key('c', "(i + 2) % 5000"),
        of_doc('c', "5000"),
        of_doc('a', "5000"),
        key('d', "i + 1"),
    ));
    api
}

fn check(api: &Api, caller: &Caller, url: &str, expected: &Expect) {
    expected.assert_eq(&api.explain_on_postgres(caller, url).join("\n"));
}

#[test]
fn each_way_in_is_a_range_of_an_index() {
    let api = filled(20_000);
    api.twin.as_ref().unwrap().run("ANALYZE");
    check(
        &api,
        &user("ann"),
        "/api/docs",
        &expect![[r#"
        Limit
          ->  Unique
                ->  Merge Append
                      Sort Key: t.created_at DESC, t.id DESC
                      ->  Limit
                            ->  Index Scan Backward using docs_owner_id_created_at_id_idx on docs t
                                  Index Cond: (owner_id = $1)
                      ->  Limit
                            ->  Sort
                                  Sort Key: t_1.created_at DESC, t_1.id DESC
                                  ->  Nested Loop
                                        ->  Index Only Scan using doc_shares_user_id_doc_id_idx on doc_shares r1
                                              Index Cond: (user_id = $1)
                                        ->  Limit
                                              ->  Index Scan using docs_pkey on docs t_1
                                                    Index Cond: (id = r1.doc_id)
                      ->  Limit
                            ->  Sort
                                  Sort Key: t_2.created_at DESC, t_2.id DESC
                                  ->  Nested Loop
                                        ->  Index Only Scan using team_members_user_id_team_id_idx on team_members r2
                                              Index Cond: (user_id = $1)
                                        ->  Limit
                                              ->  Index Scan Backward using docs_team_id_created_at_id_idx on docs t_2
                                                    Index Cond: (team_id = r2.team_id)
                      ->  Limit
                            InitPlan 1 (returns $2)
                              ->  Index Only Scan using project_shares_user_id_project_id_idx on project_shares r4
                                    Index Cond: (user_id = $1)
                            InitPlan 2 (returns $3)
                              ->  Index Scan using accounts_holder_id_idx on accounts r5
                                    Index Cond: (holder_id = $1)
                            ->  Sort
                                  Sort Key: t_3.created_at DESC, t_3.id DESC
                                  ->  Nested Loop
                                        ->  Bitmap Heap Scan on projects r3
                                              Recheck Cond: ((owner_id = $1) OR (id = ANY ($2)) OR (account_id = ANY ($3)))
                                              ->  BitmapOr
                                                    ->  Bitmap Index Scan on projects_owner_id_idx
                                                          Index Cond: (owner_id = $1)
                                                    ->  Bitmap Index Scan on projects_pkey
                                                          Index Cond: (id = ANY ($2))
                                                    ->  Bitmap Index Scan on projects_account_id_idx
                                                          Index Cond: (account_id = ANY ($3))
                                        ->  Limit
                                              ->  Index Scan Backward using docs_project_id_created_at_id_idx on docs t_3
                                                    Index Cond: (project_id = r3.id)
                      ->  Limit
                            ->  Index Scan Backward using docs_visibility_created_at_id_idx on docs t_4
                                  Index Cond: (visibility = 'public'::text)"#]],
    );
}

#[test]
fn a_later_page_starts_within_each_range() {
    let api = filled(20_000);
    api.twin.as_ref().unwrap().run("ANALYZE");
    let url = later(&api, &user("ann"), "/api/docs?limit=5");
    check(
        &api,
        &user("ann"),
        &url,
        &expect![[r#"
        Limit
          ->  Unique
                ->  Merge Append
                      Sort Key: t.created_at DESC, t.id DESC
                      ->  Limit
                            ->  Index Scan Backward using docs_owner_id_created_at_id_idx on docs t
                                  Index Cond: ((owner_id = $1) AND (ROW(created_at, id) < ROW($2, $3)))
                      ->  Limit
                            ->  Sort
                                  Sort Key: t_1.created_at DESC, t_1.id DESC
                                  ->  Nested Loop
                                        ->  Index Only Scan using doc_shares_user_id_doc_id_idx on doc_shares r1
                                              Index Cond: (user_id = $1)
                                        ->  Limit
                                              ->  Index Scan using docs_pkey on docs t_1
                                                    Index Cond: (id = r1.doc_id)
                                                    Filter: (ROW(created_at, id) < ROW($2, $3))
                      ->  Limit
                            ->  Sort
                                  Sort Key: t_2.created_at DESC, t_2.id DESC
                                  ->  Nested Loop
                                        ->  Index Only Scan using team_members_user_id_team_id_idx on team_members r2
                                              Index Cond: (user_id = $1)
                                        ->  Limit
                                              ->  Index Scan Backward using docs_team_id_created_at_id_idx on docs t_2
                                                    Index Cond: ((team_id = r2.team_id) AND (ROW(created_at, id) < ROW($2, $3)))
                      ->  Limit
                            InitPlan 1 (returns $2)
                              ->  Index Only Scan using project_shares_user_id_project_id_idx on project_shares r4
                                    Index Cond: (user_id = $1)
                            InitPlan 2 (returns $3)
                              ->  Index Scan using accounts_holder_id_idx on accounts r5
                                    Index Cond: (holder_id = $1)
                            ->  Sort
                                  Sort Key: t_3.created_at DESC, t_3.id DESC
                                  ->  Nested Loop
                                        ->  Bitmap Heap Scan on projects r3
                                              Recheck Cond: ((owner_id = $1) OR (id = ANY ($2)) OR (account_id = ANY ($3)))
                                              ->  BitmapOr
                                                    ->  Bitmap Index Scan on projects_owner_id_idx
                                                          Index Cond: (owner_id = $1)
                                                    ->  Bitmap Index Scan on projects_pkey
                                                          Index Cond: (id = ANY ($2))
                                                    ->  Bitmap Index Scan on projects_account_id_idx
                                                          Index Cond: (account_id = ANY ($3))
                                        ->  Limit
                                              ->  Index Scan Backward using docs_project_id_created_at_id_idx on docs t_3
                                                    Index Cond: ((project_id = r3.id) AND (ROW(created_at, id) < ROW($2, $3)))
                      ->  Limit
                            ->  Index Scan Backward using docs_visibility_created_at_id_idx on docs t_4
                                  Index Cond: ((visibility = 'public'::text) AND (ROW(created_at, id) < ROW($2, $3)))"#]],
    );
}

#[test]
fn who_reads_everything_reads_in_the_order_of_an_index() {
    let api = filled(20_000);
    api.twin.as_ref().unwrap().run("ANALYZE");
    let root = admin("root");
    check(
        &api,
        &root,
        "/api/docs",
        &expect![[r#"
        Limit
          ->  Index Scan Backward using docs_created_at_id_idx on docs t"#]],
    );
    let url = later(&api, &root, "/api/docs?limit=5");
    check(
        &api,
        &root,
        &url,
        &expect![[r#"
        Limit
          ->  Index Scan Backward using docs_created_at_id_idx on docs t
                Index Cond: (ROW(created_at, id) < ROW($1, $2))"#]],
    );
}

/// Before the first `ANALYZE` a database knows how large tables are, and nothing of what is in them.
#[test]
fn documents_are_found_by_an_index_whatever_statistics_say() {
    let api = filled(20_000);
    for is_analyzed in [false, true] {
        if is_analyzed {
            api.twin.as_ref().unwrap().run("ANALYZE");
        }
        for url in [
            "/api/docs",
            "/api/docs?limit=5",
            "/api/docs?sort=created_at&limit=5",
        ] {
            let caller = user("ann");
            for url in [url.to_owned(), later(&api, &caller, url)] {
                let plan = api.explain_on_postgres(&caller, &url);
                for (at, step) in plan
                    .iter()
                    .enumerate()
                    .filter(|(_, step)| step.contains(" on docs t"))
                {
                    let next = plan.get(at + 1).map_or("", String::as_str);
                    let is_range = step.contains("Index") && next.contains("Index Cond");
                    assert!(is_range, "{url}:\n{}", plan.join("\n"));
                }
            }
        }
    }
}

/// The page after one. The rows are on Postgres alone, so that it is asked alone.
fn later(api: &Api, caller: &Caller, url: &str) -> String {
    let answer = api.get_on_postgres(caller, url);
    let cursor = answer.body["next_cursor"].as_str().unwrap();
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}cursor={cursor}")
}
