//! Row-level security: what a database is given to keep by itself.

use expect_test::expect;
use groma_ir::sample;

use crate::{Dialect, create_statements};

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
        CREATE SCHEMA IF NOT EXISTS groma;
        GRANT USAGE ON SCHEMA groma TO "tasks_app";
        CREATE OR REPLACE FUNCTION groma.caller() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
        GRANT SELECT ("id", "email", "name") ON "user" TO "tasks_app";
        CREATE OR REPLACE FUNCTION groma."projects_select"(groma_row "projects") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $groma$ SELECT coalesce((groma_row."owner_id" = (groma.caller() ->> 'sub') OR coalesce(jsonb_exists(groma.caller() -> 'roles', 'admin'), FALSE)) OR ((groma.caller() ->> 'does' IN ('projects.create', 'projects.replace') AND (groma.caller() ->> 'sub') IS NOT NULL) AND groma_row."owner_id" IS NOT DISTINCT FROM (groma.caller() ->> 'sub')) OR (groma.caller() ->> 'does' IN ('projects.update', 'projects.replace') AND groma_row."owner_id" = (groma.caller() ->> 'sub')) OR (groma.caller() ->> 'does' IN ('projects.update', 'projects.replace') AND groma_row."owner_id" = (groma.caller() ->> 'sub')) OR (groma.caller() ->> 'does' IN ('projects.delete') AND (groma_row."owner_id" = (groma.caller() ->> 'sub') OR coalesce(jsonb_exists(groma.caller() -> 'roles', 'admin'), FALSE))), FALSE) $groma$;
        CREATE OR REPLACE FUNCTION groma."projects_insert"(groma_row "projects") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $groma$ SELECT coalesce(((groma.caller() ->> 'does' IN ('projects.create', 'projects.replace') AND (groma.caller() ->> 'sub') IS NOT NULL) AND groma_row."owner_id" IS NOT DISTINCT FROM (groma.caller() ->> 'sub')), FALSE) $groma$;
        CREATE OR REPLACE FUNCTION groma."projects_update"(groma_row "projects") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $groma$ SELECT coalesce((groma.caller() ->> 'does' IN ('projects.update', 'projects.replace') AND groma_row."owner_id" = (groma.caller() ->> 'sub')), FALSE) $groma$;
        CREATE OR REPLACE FUNCTION groma."projects_updated"(groma_row "projects") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $groma$ SELECT coalesce((groma.caller() ->> 'does' IN ('projects.update', 'projects.replace') AND groma_row."owner_id" = (groma.caller() ->> 'sub')), FALSE) $groma$;
        CREATE OR REPLACE FUNCTION groma."projects_delete"(groma_row "projects") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $groma$ SELECT coalesce((groma.caller() ->> 'does' IN ('projects.delete') AND (groma_row."owner_id" = (groma.caller() ->> 'sub') OR coalesce(jsonb_exists(groma.caller() -> 'roles', 'admin'), FALSE))), FALSE) $groma$;
        CREATE POLICY "projects_select_policy" ON "projects" FOR SELECT USING (groma."projects_select"("projects".*));
        CREATE POLICY "projects_insert_policy" ON "projects" FOR INSERT WITH CHECK (groma."projects_insert"("projects".*));
        CREATE POLICY "projects_update_policy" ON "projects" FOR UPDATE USING (groma."projects_update"("projects".*)) WITH CHECK (groma."projects_updated"("projects".*));
        CREATE POLICY "projects_delete_policy" ON "projects" FOR DELETE USING (groma."projects_delete"("projects".*));
        ALTER TABLE "projects" ENABLE ROW LEVEL SECURITY;
        GRANT SELECT, INSERT, UPDATE, DELETE ON "projects" TO "tasks_app";
        CREATE OR REPLACE FUNCTION groma."tasks_select"(groma_row "tasks") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $groma$ SELECT coalesce((groma_row."owner_id" = (groma.caller() ->> 'sub') OR EXISTS (SELECT 1 FROM "projects" AS r1 WHERE r1."id" = groma_row."project_id" AND (r1."owner_id" = (groma.caller() ->> 'sub') OR coalesce(jsonb_exists(groma.caller() -> 'roles', 'admin'), FALSE))) OR coalesce(jsonb_exists(groma.caller() -> 'roles', 'admin'), FALSE)) OR ((groma.caller() ->> 'does' IN ('tasks.create', 'tasks.replace') AND (groma.caller() ->> 'sub') IS NOT NULL) AND groma_row."owner_id" IS NOT DISTINCT FROM (groma.caller() ->> 'sub')) OR (groma.caller() ->> 'does' IN ('tasks.update', 'tasks.replace') AND ((groma_row."owner_id" = (groma.caller() ->> 'sub') OR EXISTS (SELECT 1 FROM "projects" AS r1 WHERE r1."id" = groma_row."project_id" AND r1."owner_id" = (groma.caller() ->> 'sub'))) AND groma_row."status" <> 'archived')) OR (groma.caller() ->> 'does' IN ('tasks.complete') AND groma_row."owner_id" = (groma.caller() ->> 'sub')) OR (groma.caller() ->> 'does' IN ('tasks.archive') AND groma_row."owner_id" = (groma.caller() ->> 'sub')) OR (groma.caller() ->> 'does' IN ('tasks.update', 'tasks.replace') AND ((groma_row."owner_id" = (groma.caller() ->> 'sub') OR EXISTS (SELECT 1 FROM "projects" AS r1 WHERE r1."id" = groma_row."project_id" AND r1."owner_id" = (groma.caller() ->> 'sub'))) AND groma_row."status" <> 'archived')) OR (groma.caller() ->> 'does' IN ('tasks.complete') AND TRUE) OR (groma.caller() ->> 'does' IN ('tasks.archive') AND TRUE) OR (groma.caller() ->> 'does' IN ('tasks.delete') AND (groma_row."owner_id" = (groma.caller() ->> 'sub') OR coalesce(jsonb_exists(groma.caller() -> 'roles', 'admin'), FALSE))), FALSE) $groma$;
        CREATE OR REPLACE FUNCTION groma."tasks_insert"(groma_row "tasks") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $groma$ SELECT coalesce(((groma.caller() ->> 'does' IN ('tasks.create', 'tasks.replace') AND (groma.caller() ->> 'sub') IS NOT NULL) AND groma_row."owner_id" IS NOT DISTINCT FROM (groma.caller() ->> 'sub')), FALSE) $groma$;
        CREATE OR REPLACE FUNCTION groma."tasks_update"(groma_row "tasks") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $groma$ SELECT coalesce((groma.caller() ->> 'does' IN ('tasks.update', 'tasks.replace') AND ((groma_row."owner_id" = (groma.caller() ->> 'sub') OR EXISTS (SELECT 1 FROM "projects" AS r1 WHERE r1."id" = groma_row."project_id" AND r1."owner_id" = (groma.caller() ->> 'sub'))) AND groma_row."status" <> 'archived')) OR (groma.caller() ->> 'does' IN ('tasks.complete') AND groma_row."owner_id" = (groma.caller() ->> 'sub')) OR (groma.caller() ->> 'does' IN ('tasks.archive') AND groma_row."owner_id" = (groma.caller() ->> 'sub')), FALSE) $groma$;
        CREATE OR REPLACE FUNCTION groma."tasks_updated"(groma_row "tasks") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $groma$ SELECT coalesce((groma.caller() ->> 'does' IN ('tasks.update', 'tasks.replace') AND ((groma_row."owner_id" = (groma.caller() ->> 'sub') OR EXISTS (SELECT 1 FROM "projects" AS r1 WHERE r1."id" = groma_row."project_id" AND r1."owner_id" = (groma.caller() ->> 'sub'))) AND groma_row."status" <> 'archived')) OR (groma.caller() ->> 'does' IN ('tasks.complete') AND TRUE) OR (groma.caller() ->> 'does' IN ('tasks.archive') AND TRUE), FALSE) $groma$;
        CREATE OR REPLACE FUNCTION groma."tasks_delete"(groma_row "tasks") RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $groma$ SELECT coalesce((groma.caller() ->> 'does' IN ('tasks.delete') AND (groma_row."owner_id" = (groma.caller() ->> 'sub') OR coalesce(jsonb_exists(groma.caller() -> 'roles', 'admin'), FALSE))), FALSE) $groma$;
        CREATE POLICY "tasks_select_policy" ON "tasks" FOR SELECT USING (groma."tasks_select"("tasks".*));
        CREATE POLICY "tasks_insert_policy" ON "tasks" FOR INSERT WITH CHECK (groma."tasks_insert"("tasks".*));
        CREATE POLICY "tasks_update_policy" ON "tasks" FOR UPDATE USING (groma."tasks_update"("tasks".*)) WITH CHECK (groma."tasks_updated"("tasks".*));
        CREATE POLICY "tasks_delete_policy" ON "tasks" FOR DELETE USING (groma."tasks_delete"("tasks".*));
        ALTER TABLE "tasks" ENABLE ROW LEVEL SECURITY;
        GRANT SELECT, INSERT, UPDATE, DELETE ON "tasks" TO "tasks_app""#]].assert_eq(&fence.join(";\n"));
}
