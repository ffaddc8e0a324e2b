"""Holds Alembic's revisions to the tables that the native server makes, with rows in them, there and back.

revisions.py FOLDER POSTGRES SEEDS: FOLDER is what tests of groma-fastapi write with `GROMA_REVISIONS_OUT`: `random/*`
are changes of random tables, `00`, `01`, ... one project behind each change of its design. POSTGRES is the URL of a
server, without a database; SEEDS says how many of the random ones. Ends with 1 and says what differs.
"""

import os
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

warnings.simplefilter("error")
OPTIONS = "transactional_ddl=True, transaction_per_migration=True"
ENVIRONMENT = f"""
from alembic import context
context.configure(connection=context.config.attributes["connection"], {OPTIONS})
with context.begin_transaction():
    context.run_migrations()
"""
COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity, pg_get_expr(adbin, adrelid),
    attcollation::regcollation::text, col_description(attrelid, attnum)
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid = :of ::regclass AND attnum > 0 AND NOT attisdropped"""
CONSTRAINTS = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = :of ::regclass"
INDEXES = "SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index WHERE indrelid = :of ::regclass"
COMMENT = "SELECT obj_description(:of ::regclass)"
LITE = "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(:of)"
failures = []


def plain(sql):
    """SQL without quotes around names, and without what is only laid out."""
    return re.sub(r"\s+", " ", re.sub(r'"(\w+)"', r"\1", str(sql)))


def tables(engine):
    """What the tables are, in a form that can be compared; what is not null stands third."""
    found = {}
    with engine.connect() as connection:
        look = sa.inspect(connection)
        for name in look.get_table_names():
            def rows(sql, name=name):
                return sorted(map(tuple, connection.execute(sa.text(sql), {"of": name})), key=str)
            if engine.dialect.name == "sqlite":
                made = connection.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = :of"), {"of": name})
                parts = look.get_unique_constraints(name), look.get_foreign_keys(name), look.get_indexes(name)
                checks = sorted((it["name"], plain(it["sqltext"])) for it in look.get_check_constraints(name))
                end = made[made.rindex(")") :].strip(") \n"), "AUTOINCREMENT" in made
                found[name] = rows(LITE), [sorted(plain(it) for it in part) for part in parts], checks, end
            else:
                found[name] = rows(COLUMNS), rows(CONSTRAINTS), rows(INDEXES), rows(COMMENT)
    return {name: parts for name, parts in found.items() if name not in ("alembic_version", "user")}


def loosened(found):
    """Without whether a column may be empty: one that was dropped comes back so."""
    return {name: ([row[:2] + row[3:] for row in rows], *rest) for name, (rows, *rest) in found.items()}


def differ(what, have, want):
    for name in sorted(have.keys() | want.keys()):
        if have.get(name) != want.get(name):
            failures.append(f"{what}: `{name}` is {have.get(name)}\n  and not {want.get(name)}")


def empty(url):
    """An engine on a database without tables."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).unlink(missing_ok=True)
        engine = sa.create_engine(url)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        return engine
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    return engine


def run(engine, path):
    with engine.begin() as connection:
        for sql in filter(str.strip, path.read_text().split(";\n")):
            connection.execute(sa.text(sql.replace(":", "\\:")))


def wanted(url, path):
    engine = empty(url)
    run(engine, path)
    found = tables(engine)
    engine.dispose()
    return found


def values(engine, path):
    sql = path.read_text()
    if engine.dialect.name == "sqlite":
        sql = re.sub(r'("\w+")\) AS it', r"\1 ORDER BY id) AS it", sql.replace(" ORDER BY id)", ")"))
    with engine.connect() as connection:
        return {f"{row[0]}.{row[1]}": row[2] for row in connection.execute(sa.text(sql.replace(":", "\\:")))}


def random(folder, url, home):
    """One change of random tables."""
    name = sa.make_url(url).get_backend_name()
    what = f"{name} {folder.name}"
    before, behind = (wanted(url, folder / f"{name}.{part}.sql") for part in ("before", "behind"))
    engine = empty(url)

    def act(how, to):
        with engine.connect() as connection:
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(home))
            config.set_main_option("version_locations", str(folder))
            config.set_main_option("path_separator", "os")
            how(config, to)

    first = (folder / "first").read_text()
    act(command.upgrade, first)
    differ(f"{what} at first", tables(engine), before)
    run(engine, folder / f"{name}.rows.sql")
    old = values(engine, folder / f"{name}.read.sql")
    act(command.upgrade, "head")
    differ(f"{what} changed", tables(engine), behind)
    new = values(engine, folder / f"{name}.again.sql")
    for was, now in (line.split() for line in (folder / "kept").read_text().splitlines()):
        if old[was] != new[now]:
            failures.append(f"{what}: {was} {old[was]!r} became {now} {new[now]!r}")
    act(command.downgrade, first)
    differ(f"{what} back", loosened(tables(engine)), loosened(before))
    act(command.upgrade, "head")
    differ(f"{what} again", tables(engine), behind)
    act(command.downgrade, "base")
    engine.dispose()


def alembic(folder, url, *words):
    """What Alembic says in a project, and whether it did it."""
    given = {"DATABASE_URL": url, "BETTER_AUTH_URL": "http://127.0.0.1:9", "PATH": os.environ["PATH"]}
    line = [sys.executable, "-W", "error", "-m", "alembic", *words]
    done = subprocess.run(line, cwd=folder, env=given, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def seed(engine):
    """Customers and orders."""
    with engine.begin() as connection:
        for at in range(20):
            key, then = f"00000000-0000-7000-8000-{at:012}", "2026-01-02T03\\:04\\:05.000006Z"
            rest = f"'u', '{then}', '{then}'"
            for sql in (
                f"customers (id, name, owner_id, created_at, updated_at) VALUES ('{key}', 'n{at}', {rest})",
                "orders (id, title, customer_id, state, amount, owner_id, created_at, updated_at) "
                f"VALUES ('{key}', 't{at}', '{key}', 'open', {at + 1}, {rest})",
            ):
                connection.execute(sa.text(f"INSERT INTO {sql}"))


def walk(projects, url, other):
    """A project behind each change of its design: up, all the way down, and up again."""
    engine = empty(url)
    name = engine.dialect.name
    states, heads = [], []
    for at, folder in enumerate(projects):
        what = f"{name} {folder.name}"
        ours = {it: parts for it, parts in wanted(other, folder / "wanted" / f"{name}.sql").items()}
        is_done, said = alembic(folder, url, "upgrade", "head")
        if not is_done and "is empty in 20 rows" in said:
            # A value is required that no row has: nothing was done, and the owner says it.
            differ(f"{what} stopped", tables(engine), states[-1])
            path = next(folder.glob("migrations/versions/*_add_customers_email.py"))
            text = path.read_text()
            update = "    op.execute(\"UPDATE customers SET email = 'a@example.com'\")\n"
            path.write_text(text.replace("    stop_at_rows(", f"{update}    stop_at_rows(", 1))
            is_done, said = alembic(folder, url, "upgrade", "head")
            path.write_text(text)
        if not is_done:
            failures.append(f"{what}: {said}")
            break
        if at == 0:
            seed(engine)
        states.append(ours)
        differ(what, tables(engine), ours)
        is_done, said = alembic(folder, url, "check")
        if not is_done:
            failures.append(f"{what}: {said}")
        with engine.connect() as connection:
            heads.append(connection.scalar(sa.text("SELECT version_num FROM alembic_version")))
            for table in ("customers", "orders"):
                if connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) != 20:
                    failures.append(f"{what}: rows of {table} are gone")
    for head, state in reversed(list(zip(heads, states, strict=True))[:-1]):
        is_done, said = alembic(projects[-1], url, "downgrade", head)
        if not is_done:
            failures.append(f"{name} back to {head}: {said}")
        differ(f"{name} back to {head}", loosened(tables(engine)), loosened(state))
    engine.dispose()


def main():
    root, server, seeds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "env.py").write_text(ENVIRONMENT)
        root_engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
        with root_engine.connect() as connection:
            for name in ("revisions", "revisions_wanted"):
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
        root_engine.dispose()
        for url, other in (
            (f"sqlite:///{home}/a.db", f"sqlite:///{home}/b.db"),
            (f"{server}/revisions", f"{server}/revisions_wanted"),
        ):
            for folder in sorted((root / "random").iterdir())[:seeds]:
                random(folder, url, home)
            walk(sorted(path for path in root.iterdir() if path.name.isdigit()), url, other)
    print("\n".join(failures) or f"{seeds} random changes and the walk, on both databases: as wanted, there and back")
    sys.exit(bool(failures))


main()
