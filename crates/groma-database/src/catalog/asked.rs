//! The queries to the catalog of Postgres. Each is about the schema in which new tables are made, whole.

/// The first schema of the search path. Not `groma_internal`, which holds what is no data of anybody's: it comes first where the
/// database's user is called so.
macro_rules! ours {
    () => {
        "(SELECT n.oid FROM pg_namespace n, unnest(current_schemas(false)) WITH ORDINALITY s(name, at)
   WHERE n.nspname = s.name AND s.name <> 'groma_internal' ORDER BY s.at LIMIT 1)"
    };
}

/// Leaves one schema in the search path until the transaction ends: the one in which tables are, and in which new ones are
/// made. So expressions are printed alike for everybody.
pub const PATH: &str = concat!(
    "SELECT set_config('search_path',
  coalesce((SELECT quote_ident(n.nspname) FROM pg_namespace n WHERE n.oid = ",
    ours!(),
    "), 'public'), true)"
);

/// The name of that schema.
pub(super) const SCHEMA: &str = concat!(
    "SELECT coalesce((SELECT n.nspname::text FROM pg_namespace n WHERE n.oid = ",
    ours!(),
    "), 'public')"
);

/// Tables, and what they weigh: rows as dense as when they were counted last, on the pages that there are now.
pub(super) const TABLES: &str = concat!(
    "SELECT c.oid, c.relname::text, c.relkind = 'p', c.relrowsecurity,
  CASE WHEN c.relpages > 0 AND c.reltuples > 0
    THEN c.reltuples::float8 / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::int4)
    ELSE c.reltuples::float8 END,
  pg_relation_size(c.oid), obj_description(c.oid, 'pg_class'),
  (SELECT p.relname::text FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
   WHERE i.inhrelid = c.oid AND c.relispartition)
FROM pg_class c
WHERE c.relnamespace = ",
    ours!(),
    " AND c.relkind IN ('r', 'p')
ORDER BY c.relname"
);

/// Columns, in order.
pub(super) const COLUMNS: &str = concat!(
    "SELECT a.attrelid, a.attnum, a.attname::text, format_type(a.atttypid, a.atttypmod),
  CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END,
  a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity <> '', a.attgenerated <> '',
  col_description(a.attrelid, a.attnum), e.labels
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN (SELECT enumtypid, array_agg(enumlabel::text ORDER BY enumsortorder) AS labels FROM pg_enum GROUP BY 1) e
  ON e.enumtypid = a.atttypid
WHERE c.relnamespace = ",
    ours!(),
    " AND c.relkind IN ('r', 'p')
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum"
);

/// Constraints but those that only triggers hold.
pub(super) const CONSTRAINTS: &str = concat!(
    "SELECT o.conrelid, o.conname::text, o.contype::text, o.conkey,
  -- A table in another schema is another one, whatever it is called.
  CASE WHEN f.relnamespace <> c.relnamespace THEN f.relnamespace::regnamespace::text || '.' ELSE '' END || f.relname::text,
  (SELECT array_agg(a.attname::text ORDER BY k.at)
   FROM unnest(o.confkey) WITH ORDINALITY k(num, at)
   JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.num),
  o.confdeltype::text, o.convalidated, pg_get_expr(o.conbin, o.conrelid)
FROM pg_constraint o
JOIN pg_class c ON c.oid = o.conrelid
LEFT JOIN pg_class f ON f.oid = o.confrelid
WHERE c.relnamespace = ",
    ours!(),
    " AND c.relkind IN ('r', 'p')
  AND o.contype IN ('p', 'u', 'f', 'c')
ORDER BY o.conrelid, o.conname"
);

/// Indexes that no constraint made.
pub(super) const INDEXES: &str = concat!(
"SELECT i.indrelid, x.relname::text, i.indisunique, i.indisvalid AND i.indisready AND i.indislive, i.indkey::int2[], i.indoption::int2[],
  i.indnkeyatts::int4, pg_get_expr(i.indpred, i.indrelid),
  CASE WHEN i.indexprs IS NOT NULL THEN
    ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnkeyatts::int4) n) END,
  m.amname::text,
  (SELECT array_agg(CASE WHEN NOT o.opcdefault THEN o.opcname::text END ORDER BY k.at)
   FROM unnest(i.indclass::oid[]) WITH ORDINALITY k(class, at) JOIN pg_opclass o ON o.oid = k.class)
FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am m ON m.oid = x.relam
JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = ", ours!(), " AND c.relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x'))
ORDER BY i.indrelid, x.relname"
);

/// Policies of row-level security.
pub(super) const POLICIES: &str = concat!(
    "SELECT p.polrelid, p.polname::text, p.polcmd::text,
  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid),
  p.polpermissive AND p.polroles = '{0}'
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
WHERE c.relnamespace = ",
    ours!(),
    "
ORDER BY p.polrelid, p.polname"
);

/// What policies ask: functions in the schema `groma_internal` that take a row of a table. And the views in which rules look things
/// up, by what their comments say. Each with whether it is run as it was made to be.
pub(super) const FUNCTIONS: &str = concat!(
    "SELECT c.oid, f.proname::text AS name, f.prosrc, false,
  f.provolatile = 's' AND f.prolang = (SELECT l.oid FROM pg_language l WHERE l.lanname = 'sql')
    AND f.proconfig IS NOT DISTINCT FROM ARRAY['search_path=' || c.relnamespace::regnamespace::text || ', pg_temp']
    -- Who is held by it must not be able to write it anew.
    AND NOT EXISTS (SELECT FROM pg_namespace n, aclexplode(n.nspacl) a
      WHERE n.oid = f.pronamespace AND a.grantee <> n.nspowner AND a.grantee = f.proowner)
FROM pg_proc f
JOIN pg_type y ON y.oid = f.proargtypes[0]
JOIN pg_class c ON c.oid = y.typrelid
WHERE f.pronamespace = to_regnamespace('groma_internal') AND c.relnamespace = ",
    ours!(),
    "
  AND f.pronargs = 1 AND f.prosecdef
UNION ALL
SELECT DISTINCT d.refobjid, v.relname::text, obj_description(v.oid, 'pg_class'), true, true
FROM pg_depend d
JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v' AND v.oid <> d.refobjid
WHERE d.refclassid = 'pg_class'::regclass AND v.relnamespace = ",
    ours!(),
    "
  AND obj_description(v.oid, 'pg_class') LIKE 'groma rows for %'
ORDER BY 1, 2"
);

/// Of the views of these names those that are printed otherwise than the scratch view of the same number.
pub(super) const REPLACED_VIEWS: &str = concat!(
    "SELECT asked.name FROM unnest($1::text[]) WITH ORDINALITY asked(name, at)
JOIN pg_class v ON v.relname = asked.name AND v.relkind = 'v' AND v.relnamespace = ",
    ours!(),
    "
LEFT JOIN pg_class s ON s.relname = 'groma_scratch_' || asked.at AND s.relnamespace = pg_my_temp_schema()
WHERE s.oid IS NULL OR pg_get_viewdef(v.oid) <> pg_get_viewdef(s.oid)
ORDER BY asked.at"
);

/// The role that may use the schema `groma_internal` though it is not its own, and columns that are granted to it one by one.
pub(super) const ROLE: &str = concat!(
    "WITH fenced AS (
  SELECT a.grantee AS oid FROM pg_namespace n, aclexplode(n.nspacl) a
  WHERE n.nspname = 'groma_internal' AND a.privilege_type = 'USAGE' AND a.grantee NOT IN (0, n.nspowner)
  ORDER BY 1 LIMIT 1)
SELECT r.rolname::text, c.relname::text, a.attname::text
FROM fenced JOIN pg_roles r USING (oid)
LEFT JOIN (pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    AND c.relnamespace = ",
    ours!(),
    ")
  ON a.attnum > 0 AND EXISTS (SELECT FROM aclexplode(a.attacl) g
    WHERE g.grantee = fenced.oid AND g.privilege_type = 'SELECT')
ORDER BY c.relname, a.attnum"
);

/// What stands beside tables and does things of its own: triggers, rules, who owns them and who may what; and the functions
/// of `groma_internal`, of whatever table.
pub(super) const BESIDE: &str = concat!(
    "SELECT c.relname::text, 'trigger ' || t.tgname, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = ",
    ours!(),
    " AND c.relkind IN ('r', 'p') AND NOT t.tgisinternal
UNION ALL
SELECT c.relname::text, 'rule ' || r.rulename, pg_get_ruledef(r.oid) || ' ' || r.ev_enabled::text
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
WHERE c.relnamespace = ",
    ours!(),
    " AND c.relkind IN ('r', 'p')
UNION ALL
SELECT c.relname::text, 'owner', pg_get_userbyid(c.relowner)::text
FROM pg_class c
WHERE c.relnamespace = ",
    ours!(),
    " AND c.relkind IN ('r', 'p')
UNION ALL
SELECT c.relname::text, 'grants to ' || coalesce(r.rolname, 'public'),
  string_agg(g.privilege_type || CASE WHEN g.is_grantable THEN ' with grant option' ELSE '' END
    || coalesce(' of ' || g.attname, ''), ', ' ORDER BY g.attname NULLS FIRST, g.privilege_type)
FROM (
  SELECT c.oid, a.grantee, a.privilege_type, a.is_grantable, NULL::text AS attname
  FROM pg_class c, aclexplode(c.relacl) a WHERE a.grantee <> c.relowner
  UNION ALL
  SELECT c.oid, a.grantee, a.privilege_type, a.is_grantable, p.attname::text
  FROM pg_class c JOIN pg_attribute p ON p.attrelid = c.oid AND NOT p.attisdropped, aclexplode(p.attacl) a
  WHERE a.grantee <> c.relowner
) g
JOIN pg_class c ON c.oid = g.oid
LEFT JOIN pg_roles r ON r.oid = g.grantee
WHERE c.relnamespace = ",
    ours!(),
    " AND c.relkind IN ('r', 'p')
GROUP BY c.relname, r.rolname
UNION ALL
SELECT 'groma_internal', 'function ' || f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ')',
  pg_get_functiondef(f.oid) || coalesce(' ' || f.proacl::text, '')
FROM pg_proc f
WHERE f.pronamespace = to_regnamespace('groma_internal') AND f.prokind = 'f'
  -- Not those of tables in another schema.
  AND NOT EXISTS (
    SELECT FROM unnest(f.proargtypes) a(type) JOIN pg_type y ON y.oid = a.type JOIN pg_class c ON c.oid = y.typrelid
    WHERE c.relnamespace IS DISTINCT FROM ",
    ours!(),
    ")
  AND NOT EXISTS (
    SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgfoid = f.oid AND c.relnamespace IS DISTINCT FROM ",
    ours!(),
    ")
ORDER BY 1, 2"
);

/// Views, triggers and functions that count on tables or on columns of them.
pub(super) const DEPENDENTS: &str = concat!(
"SELECT DISTINCT d.refobjid, d.refobjsubid::int2, 'v', v.relname::text
FROM pg_depend d
JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_class v ON v.oid = r.ev_class
JOIN pg_class c ON c.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
WHERE c.relnamespace = ", ours!(), " AND c.relkind IN ('r', 'p') AND v.oid <> c.oid
  AND coalesce(obj_description(v.oid, 'pg_class'), '') NOT LIKE 'groma rows for %'
UNION ALL
SELECT t.tgrelid, 0::int2, 't', t.tgname::text
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = ", ours!(), " AND NOT t.tgisinternal AND t.tgparentid = 0
UNION ALL
SELECT DISTINCT coalesce(y.typrelid, d.refobjid), d.refobjsubid::int2, 'f', f.proname::text
FROM pg_depend d
JOIN pg_proc f ON f.oid = d.objid AND d.classid = 'pg_proc'::regclass
  AND f.pronamespace IS DISTINCT FROM to_regnamespace('groma_internal')
LEFT JOIN pg_type y ON y.oid = d.refobjid AND d.refclassid = 'pg_type'::regclass
JOIN pg_class c ON c.oid = coalesce(y.typrelid, CASE WHEN d.refclassid = 'pg_class'::regclass THEN d.refobjid END)
WHERE c.relnamespace = ", ours!(), " AND c.relkind IN ('r', 'p')
ORDER BY 1, 3, 4, 2"
);

/// What tables do otherwise than their columns and constraints say.
pub(super) const QUIRKS: &str = concat!(
    "WITH ours AS (SELECT c.oid FROM pg_class c WHERE c.relnamespace = ",
    ours!(),
    " AND c.relkind IN ('r', 'p'))
SELECT a.attrelid, 'collation', a.attname::text
FROM pg_attribute a JOIN pg_collation l ON l.oid = a.attcollation
WHERE NOT l.collisdeterministic AND NOT a.attisdropped AND a.attrelid IN (SELECT oid FROM ours)
UNION ALL
SELECT a.attrelid, 'computed', a.attname::text FROM pg_attribute a
WHERE a.attgenerated <> '' AND NOT a.attisdropped AND a.attrelid IN (SELECT oid FROM ours)
UNION ALL
SELECT o.conrelid, 'deferrable', o.conname::text FROM pg_constraint o
WHERE o.condeferrable AND o.contype IN ('p', 'u') AND o.conrelid IN (SELECT oid FROM ours)
UNION ALL
SELECT DISTINCT o.conrelid, 'unkept', o.conname::text
FROM pg_constraint o JOIN pg_trigger t ON t.tgconstraint = o.oid
WHERE o.contype = 'f' AND t.tgenabled IN ('D', 'R') AND o.conrelid IN (SELECT oid FROM ours)
UNION ALL
SELECT r.ev_class, 'rule', r.rulename::text FROM pg_rewrite r
WHERE r.is_instead AND r.ev_enabled <> 'D' AND r.ev_class IN (SELECT oid FROM ours)
UNION ALL
SELECT i.inhparent, 'child', i.inhrelid::regclass::text
FROM pg_inherits i JOIN pg_class k ON k.oid = i.inhrelid
WHERE NOT k.relispartition AND i.inhparent IN (SELECT oid FROM ours)
UNION ALL
-- Those of `groma_internal` keep columns in step while a type changes. The bits: for each row, and before.
SELECT t.tgrelid, CASE WHEN t.tgtype & 3 = 3 THEN 'before' ELSE 'beside' END, t.tgname::text
FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgrelid IN (SELECT oid FROM ours)
  AND f.pronamespace IS DISTINCT FROM to_regnamespace('groma_internal')
UNION ALL
SELECT g.oid, 'public', string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type)
FROM (
  SELECT c.oid, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
  WHERE a.grantee = 0 AND c.oid IN (SELECT oid FROM ours)
  UNION
  SELECT p.attrelid, a.privilege_type FROM pg_attribute p, aclexplode(p.attacl) a
  WHERE a.grantee = 0 AND NOT p.attisdropped AND p.attrelid IN (SELECT oid FROM ours)
) g
GROUP BY g.oid
ORDER BY 1, 2, 3"
);

/// Functions by their names: whether all of a name read at most, and whether somebody wrote one of them. What is declared
/// not to change anything may still call what does, but for code of the server and of extensions. An aggregate is
/// as good as the functions that it is made of.
pub(super) const CALLED: &str = "\
SELECT p.proname::text, bool_and(p.provolatile <> 'v'),
  bool_or(n.nspname <> 'pg_catalog' AND (l.lanname NOT IN ('internal', 'c') OR p.prokind = 'a'))
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname <> 'information_schema'
GROUP BY p.proname";

/// What holds for the whole database.
pub(super) const SETTINGS: &str = "\
SELECT current_setting('server_version_num')::int4 / 10000,
  current_setting('TimeZone') IN ('UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'Zulu', 'Etc/Zulu', 'UCT', 'Etc/UCT'),
  ARRAY(SELECT t.typname::text FROM pg_type t
    WHERE t.typtype = 'd' AND (t.typnotnull OR EXISTS
      (SELECT FROM pg_constraint o WHERE o.contypid = t.oid)))";
