-- As Drizzle makes it.
CREATE TYPE "public"."plan" AS ENUM('free', 'pro');
CREATE TABLE "workspaces" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" varchar(256) NOT NULL,
	"plan" "plan" DEFAULT 'free' NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp DEFAULT now() NOT NULL
);
CREATE TABLE "projects" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "projects_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"slug" text NOT NULL,
	"budget" numeric(12, 2) DEFAULT '0' NOT NULL,
	"score" real,
	"due" date,
	"opens" time,
	"archived" boolean DEFAULT false NOT NULL,
	CONSTRAINT "projects_workspace_id_slug_unique" UNIQUE("workspace_id","slug")
);
ALTER TABLE "projects" ADD CONSTRAINT "projects_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;
CREATE INDEX "projects_search" ON "projects" USING gin (to_tsvector('english', "slug"));
INSERT INTO workspaces (name, plan) VALUES ('Ada''s', 'pro');
INSERT INTO projects (workspace_id, slug, score, due, opens) SELECT id, 'engine', 1.5, '2026-02-03', '09:30' FROM workspaces;
