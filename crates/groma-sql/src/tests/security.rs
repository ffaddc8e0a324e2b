//! Row-level security: what a database is given to keep by itself.

use expect_test::expect;
use groma_diag::Sources;
use groma_ir::{Model, sample};

use super::harness::{Api, Ask, user};
use crate::{Dialect, Presence, create_statements};

#[test]
fn the_rules_become_functions_that_policies_ask() {
    let mut model = sample::tasks();
    model.design.service.row_security = Some(String::from("tasks_app"));
    let statements = create_statements(&model, Dialect::Postgres);
    let fence: Vec<String> = statements
        .into_iter()
        .skip_while(|statement| !statement.starts_with("DO"))
        .collect();
    expect![[r#"
        DO $$ BEGIN
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tasks_app') THEN CREATE ROLE "tasks_app" NOLOGIN; END IF;
          BEGIN EXECUTE format('GRANT "tasks_app" TO %I', current_user);
          EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation THEN NULL; END;
          EXECUTE format('GRANT USAGE ON SCHEMA %I TO "tasks_app"', current_schema());
        END $$;
        CREATE SCHEMA IF NOT EXISTS groma_internal;
        GRANT USAGE ON SCHEMA groma_internal TO "tasks_app";
        CREATE OR REPLACE FUNCTION groma_internal.caller() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
        GRANT SELECT ("id", "email", "name") ON "user" TO "tasks_app";
        CREATE OR REPLACE FUNCTION groma_internal."projects_select"(groma_row "projects") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $groma$ SELECT coalesce((groma_row."owner_id" = (groma_internal.caller() ->> 'sub') OR coalesce(jsonb_exists(groma_internal.caller() -> 'roles', 'admin'), FALSE)) OR ((groma_internal.caller() ->> 'does' IN ('projects.create', 'projects.replace') AND (groma_internal.caller() ->> 'sub') IS NOT NULL) AND groma_row."owner_id" IS NOT DISTINCT FROM (groma_internal.caller() ->> 'sub')) OR (groma_internal.caller() ->> 'does' IN ('projects.update', 'projects.replace') AND groma_row."owner_id" = (groma_internal.caller() ->> 'sub')) OR (groma_internal.caller() ->> 'does' IN ('projects.update', 'projects.replace') AND groma_row."owner_id" = (groma_internal.caller() ->> 'sub')) OR (groma_internal.caller() ->> 'does' IN ('projects.delete') AND (groma_row."owner_id" = (groma_internal.caller() ->> 'sub') OR coalesce(jsonb_exists(groma_internal.caller() -> 'roles', 'admin'), FALSE))), FALSE) $groma$;
        DO $groma$BEGIN EXECUTE format('ALTER FUNCTION groma_internal."projects_select"("projects") SET search_path = %I, pg_temp', current_schema()); END$groma$;
        CREATE OR REPLACE FUNCTION groma_internal."projects_insert"(groma_row "projects") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $groma$ SELECT coalesce(((groma_internal.caller() ->> 'does' IN ('projects.create', 'projects.replace') AND (groma_internal.caller() ->> 'sub') IS NOT NULL) AND groma_row."owner_id" IS NOT DISTINCT FROM (groma_internal.caller() ->> 'sub')), FALSE) $groma$;
        DO $groma$BEGIN EXECUTE format('ALTER FUNCTION groma_internal."projects_insert"("projects") SET search_path = %I, pg_temp', current_schema()); END$groma$;
        CREATE OR REPLACE FUNCTION groma_internal."projects_update"(groma_row "projects") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $groma$ SELECT coalesce((groma_internal.caller() ->> 'does' IN ('projects.update', 'projects.replace') AND groma_row."owner_id" = (groma_internal.caller() ->> 'sub')), FALSE) $groma$;
        DO $groma$BEGIN EXECUTE format('ALTER FUNCTION groma_internal."projects_update"("projects") SET search_path = %I, pg_temp', current_schema()); END$groma$;
        CREATE OR REPLACE FUNCTION groma_internal."projects_updated"(groma_row "projects") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $groma$ SELECT coalesce((groma_internal.caller() ->> 'does' IN ('projects.update', 'projects.replace') AND groma_row."owner_id" = (groma_internal.caller() ->> 'sub')), FALSE) $groma$;
        DO $groma$BEGIN EXECUTE format('ALTER FUNCTION groma_internal."projects_updated"("projects") SET search_path = %I, pg_temp', current_schema()); END$groma$;
        CREATE OR REPLACE FUNCTION groma_internal."projects_delete"(groma_row "projects") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $groma$ SELECT coalesce((groma_internal.caller() ->> 'does' IN ('projects.delete') AND (groma_row."owner_id" = (groma_internal.caller() ->> 'sub') OR coalesce(jsonb_exists(groma_internal.caller() -> 'roles', 'admin'), FALSE))), FALSE) $groma$;
        DO $groma$BEGIN EXECUTE format('ALTER FUNCTION groma_internal."projects_delete"("projects") SET search_path = %I, pg_temp', current_schema()); END$groma$;
        DROP VIEW IF EXISTS "projects_rule_rows";
        CREATE VIEW "projects_rule_rows" AS SELECT "id", "owner_id" FROM "projects";
        COMMENT ON VIEW "projects_rule_rows" IS 'groma rows for tasks_app: SELECT "id", "owner_id" FROM "projects"';
        DO $groma$DECLARE who oid; BEGIN FOR who IN SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = '"projects_rule_rows"'::regclass AND a.grantee <> c.relowner LOOP EXECUTE format('REVOKE ALL ON "projects_rule_rows" FROM %s', CASE WHEN who = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(who)) END); END LOOP; END$groma$;
        GRANT SELECT ON "projects_rule_rows" TO "tasks_app";
        CREATE POLICY "projects_select_policy" ON "projects" FOR SELECT USING (groma_internal."projects_select"("projects".*));
        CREATE POLICY "projects_insert_policy" ON "projects" FOR INSERT WITH CHECK (groma_internal."projects_insert"("projects".*));
        CREATE POLICY "projects_update_policy" ON "projects" FOR UPDATE USING (groma_internal."projects_update"("projects".*)) WITH CHECK (groma_internal."projects_updated"("projects".*));
        CREATE POLICY "projects_delete_policy" ON "projects" FOR DELETE USING (groma_internal."projects_delete"("projects".*));
        ALTER TABLE "projects" ENABLE ROW LEVEL SECURITY;
        GRANT SELECT, INSERT, UPDATE, DELETE ON "projects" TO "tasks_app";
        CREATE OR REPLACE FUNCTION groma_internal."tasks_select"(groma_row "tasks") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $groma$ SELECT coalesce((groma_row."owner_id" = (groma_internal.caller() ->> 'sub') OR EXISTS (SELECT 1 FROM "projects" AS r1 WHERE r1."id" = groma_row."project_id" AND (r1."owner_id" = (groma_internal.caller() ->> 'sub') OR coalesce(jsonb_exists(groma_internal.caller() -> 'roles', 'admin'), FALSE))) OR coalesce(jsonb_exists(groma_internal.caller() -> 'roles', 'admin'), FALSE)) OR ((groma_internal.caller() ->> 'does' IN ('tasks.create', 'tasks.replace') AND (groma_internal.caller() ->> 'sub') IS NOT NULL) AND groma_row."owner_id" IS NOT DISTINCT FROM (groma_internal.caller() ->> 'sub')) OR (groma_internal.caller() ->> 'does' IN ('tasks.update', 'tasks.replace') AND ((groma_row."owner_id" = (groma_internal.caller() ->> 'sub') OR EXISTS (SELECT 1 FROM "projects" AS r1 WHERE r1."id" = groma_row."project_id" AND r1."owner_id" = (groma_internal.caller() ->> 'sub'))) AND groma_row."status" <> 'archived')) OR (groma_internal.caller() ->> 'does' IN ('tasks.complete') AND groma_row."owner_id" = (groma_internal.caller() ->> 'sub')) OR (groma_internal.caller() ->> 'does' IN ('tasks.archive') AND groma_row."owner_id" = (groma_internal.caller() ->> 'sub')) OR (groma_internal.caller() ->> 'does' IN ('tasks.update', 'tasks.replace') AND ((groma_row."owner_id" = (groma_internal.caller() ->> 'sub') OR EXISTS (SELECT 1 FROM "projects" AS r1 WHERE r1."id" = groma_row."project_id" AND r1."owner_id" = (groma_internal.caller() ->> 'sub'))) AND groma_row."status" <> 'archived')) OR (groma_internal.caller() ->> 'does' IN ('tasks.complete') AND groma_row."status" = 'done') OR (groma_internal.caller() ->> 'does' IN ('tasks.archive') AND groma_row."status" = 'archived') OR (groma_internal.caller() ->> 'does' IN ('tasks.delete') AND (groma_row."owner_id" = (groma_internal.caller() ->> 'sub') OR coalesce(jsonb_exists(groma_internal.caller() -> 'roles', 'admin'), FALSE))), FALSE) $groma$;
        DO $groma$BEGIN EXECUTE format('ALTER FUNCTION groma_internal."tasks_select"("tasks") SET search_path = %I, pg_temp', current_schema()); END$groma$;
        CREATE OR REPLACE FUNCTION groma_internal."tasks_insert"(groma_row "tasks") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $groma$ SELECT coalesce(((groma_internal.caller() ->> 'does' IN ('tasks.create', 'tasks.replace') AND (groma_internal.caller() ->> 'sub') IS NOT NULL) AND groma_row."owner_id" IS NOT DISTINCT FROM (groma_internal.caller() ->> 'sub')), FALSE) $groma$;
        DO $groma$BEGIN EXECUTE format('ALTER FUNCTION groma_internal."tasks_insert"("tasks") SET search_path = %I, pg_temp', current_schema()); END$groma$;
        CREATE OR REPLACE FUNCTION groma_internal."tasks_update"(groma_row "tasks") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $groma$ SELECT coalesce((groma_internal.caller() ->> 'does' IN ('tasks.update', 'tasks.replace') AND ((groma_row."owner_id" = (groma_internal.caller() ->> 'sub') OR EXISTS (SELECT 1 FROM "projects" AS r1 WHERE r1."id" = groma_row."project_id" AND r1."owner_id" = (groma_internal.caller() ->> 'sub'))) AND groma_row."status" <> 'archived')) OR (groma_internal.caller() ->> 'does' IN ('tasks.complete') AND groma_row."owner_id" = (groma_internal.caller() ->> 'sub')) OR (groma_internal.caller() ->> 'does' IN ('tasks.archive') AND groma_row."owner_id" = (groma_internal.caller() ->> 'sub')), FALSE) $groma$;
        DO $groma$BEGIN EXECUTE format('ALTER FUNCTION groma_internal."tasks_update"("tasks") SET search_path = %I, pg_temp', current_schema()); END$groma$;
        CREATE OR REPLACE FUNCTION groma_internal."tasks_updated"(groma_row "tasks") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $groma$ SELECT coalesce((groma_internal.caller() ->> 'does' IN ('tasks.update', 'tasks.replace') AND ((groma_row."owner_id" = (groma_internal.caller() ->> 'sub') OR EXISTS (SELECT 1 FROM "projects" AS r1 WHERE r1."id" = groma_row."project_id" AND r1."owner_id" = (groma_internal.caller() ->> 'sub'))) AND groma_row."status" <> 'archived')) OR (groma_internal.caller() ->> 'does' IN ('tasks.complete') AND groma_row."status" = 'done') OR (groma_internal.caller() ->> 'does' IN ('tasks.archive') AND groma_row."status" = 'archived'), FALSE) $groma$;
        DO $groma$BEGIN EXECUTE format('ALTER FUNCTION groma_internal."tasks_updated"("tasks") SET search_path = %I, pg_temp', current_schema()); END$groma$;
        CREATE OR REPLACE FUNCTION groma_internal."tasks_delete"(groma_row "tasks") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $groma$ SELECT coalesce((groma_internal.caller() ->> 'does' IN ('tasks.delete') AND (groma_row."owner_id" = (groma_internal.caller() ->> 'sub') OR coalesce(jsonb_exists(groma_internal.caller() -> 'roles', 'admin'), FALSE))), FALSE) $groma$;
        DO $groma$BEGIN EXECUTE format('ALTER FUNCTION groma_internal."tasks_delete"("tasks") SET search_path = %I, pg_temp', current_schema()); END$groma$;
        DROP VIEW IF EXISTS "tasks_rule_rows";
        CREATE VIEW "tasks_rule_rows" AS SELECT "id", "project_id", "owner_id" FROM "tasks";
        COMMENT ON VIEW "tasks_rule_rows" IS 'groma rows for tasks_app: SELECT "id", "project_id", "owner_id" FROM "tasks"';
        DO $groma$DECLARE who oid; BEGIN FOR who IN SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = '"tasks_rule_rows"'::regclass AND a.grantee <> c.relowner LOOP EXECUTE format('REVOKE ALL ON "tasks_rule_rows" FROM %s', CASE WHEN who = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(who)) END); END LOOP; END$groma$;
        GRANT SELECT ON "tasks_rule_rows" TO "tasks_app";
        CREATE POLICY "tasks_select_policy" ON "tasks" FOR SELECT USING (groma_internal."tasks_select"("tasks".*));
        CREATE POLICY "tasks_insert_policy" ON "tasks" FOR INSERT WITH CHECK (groma_internal."tasks_insert"("tasks".*));
        CREATE POLICY "tasks_update_policy" ON "tasks" FOR UPDATE USING (groma_internal."tasks_update"("tasks".*)) WITH CHECK (groma_internal."tasks_updated"("tasks".*));
        CREATE POLICY "tasks_delete_policy" ON "tasks" FOR DELETE USING (groma_internal."tasks_delete"("tasks".*));
        ALTER TABLE "tasks" ENABLE ROW LEVEL SECURITY;
        GRANT SELECT, INSERT, UPDATE, DELETE ON "tasks" TO "tasks_app";
        CREATE POLICY "groma_replies_select_policy" ON "groma_replies" FOR SELECT USING ((caller = (groma_internal.caller() ->> 'sub'::text)));
        CREATE POLICY "groma_replies_insert_policy" ON "groma_replies" FOR INSERT WITH CHECK ((caller = (groma_internal.caller() ->> 'sub'::text)));
        CREATE POLICY "groma_replies_update_policy" ON "groma_replies" FOR UPDATE USING ((caller = (groma_internal.caller() ->> 'sub'::text))) WITH CHECK ((caller = (groma_internal.caller() ->> 'sub'::text)));
        ALTER TABLE "groma_replies" ENABLE ROW LEVEL SECURITY;
        GRANT SELECT, INSERT, UPDATE, DELETE ON "groma_replies" TO "tasks_app""#]].assert_eq(&fence.join(";\n"));
}

/// Notes with these rules.
fn notes(rules: &str) -> Model {
    let text = format!(
        "service Notes {{ base /api }}
         auth {{
           issuer \"https://id.example.org\" jwks \"/jwks\"
           audience \"notes\"
           algorithms EdDSA
           caller User from claim sub
         }}
         entity User external {{ id: text(1..64) key }}
         entity Book {{ id: uuid key; title: text(1..80); owner: User = caller readonly }}
         entity Note {{
           id: uuid key
           text: text(1..80)
           state: State = draft
           book: Book? on delete cascade
           owner: User = caller readonly
         }}
         enum State {{ draft, done }}
         {rules}
         resource /books for Book {{ list; create; read; update; delete }}
         resource /notes for Note {{
           list
           create
           read
           update
           delete
           action finish {{ set state = done }}
         }}"
    );
    let mut sources = Sources::new();
    sources.add("notes.groma", text.as_str());
    let compiled = groma_sema::compile(&sources);
    let design = compiled
        .design
        .unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    Model::new(design)
}

#[test]
fn a_server_that_forgets_every_rule_is_refused_by_the_database() {
    let rules = "access Book { allow create to authenticated; allow all to owner }
                 access Note { allow create to authenticated; allow all to owner; allow read to can read book }";
    let none = "access Book { allow all to authenticated }
                access Note { allow all to authenticated }";
    let (api, open) = (Api::new(notes(rules), Presence::none()), notes(none));
    let (ada, eve) = (user("ada"), user("eve"));
    let book = api.make(&ada, "/api/books", r#"{"title":"Hers"}"#);
    let note = api.make(&ada, "/api/notes", r#"{"text":"Secret"}"#);
    let (book, note) = (format!("/api/books/{book}"), format!("/api/notes/{note}"));

    let ask = |who, method, url: &str, body| {
        let ask = Ask {
            body,
            ..Ask::new(method, url)
        };
        api.ask_without_rules(&open, who, &ask)
    };
    // What is theirs goes on.
    assert_eq!(ask(&ada, "GET", &note, "").status, 200);
    assert_eq!(ask(&ada, "PATCH", &note, r#"{"text":"Mine"}"#).status, 200);
    assert_eq!(ask(&ada, "POST", &format!("{note}/finish"), "").status, 200);
    assert_eq!(ask(&eve, "POST", "/api/notes", r#"{"text":"Own"}"#).status, 201);
    // Nothing else does, by whatever route.
    for url in [&book, &note] {
        assert_eq!(ask(&eve, "GET", url, "").status, 404, "{url}");
        assert_eq!(ask(&eve, "DELETE", url, "").status, 404, "{url}");
    }
    assert_eq!(ask(&eve, "PATCH", &book, r#"{"title":"Mine now"}"#).status, 404);
    assert_eq!(ask(&eve, "POST", &format!("{note}/finish"), "").status, 404);
    for url in ["/api/books", "/api/notes"] {
        let page = ask(&eve, "GET", url, "");
        assert_eq!(page.body["items"], serde_json::json!([]), "{url}");
    }
}

#[test]
fn a_row_that_the_rules_do_not_let_anybody_make_is_not_made() {
    let rules = "access Book { allow all to owner }
                 access Note { allow create, read to owner when state == draft; allow update to owner when state == draft }";
    let none = "access Book { allow all to authenticated }
                access Note { allow all to authenticated }";
    let (api, open) = (Api::new(notes(rules), Presence::none()), notes(none));
    let ada = user("ada");
    let note = api.make(&ada, "/api/notes", r#"{"text":"A draft"}"#);
    let ask = |method, url: &str, body| {
        let ask = Ask {
            body,
            ..Ask::new(method, url)
        };
        api.ask_without_rules(&open, &ada, &ask).status
    };
    assert_eq!(
        ask("POST", "/api/notes", r#"{"text":"Done at once","state":"done"}"#),
        403
    );
    // The row after the change is not one that they could have changed.
    assert_eq!(
        ask("PATCH", &format!("/api/notes/{note}"), r#"{"state":"done"}"#),
        403
    );
    assert_eq!(
        ask("PATCH", &format!("/api/notes/{note}"), r#"{"text":"Still one"}"#),
        200
    );
}
