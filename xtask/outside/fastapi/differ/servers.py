"""The two servers, and the databases that they stand on."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import elsewhere


@dataclass
class Answer:
    """What a server answers; names of headers in small letters."""

    status: int
    headers: dict[str, list[str]]
    body: bytes

    def one(self, name):
        return ", ".join(self.headers.get(name, []))


class Side:
    """One of the two servers."""

    def __init__(self, port, process):
        self.port, self.process = port, process
        self.connection = None

    def send(self, method, target, headers, body):
        for attempt in (1, 2):
            try:
                return self.try_to_send(method, target, headers, body)
            except (OSError, http.client.HTTPException):
                self.connection.close()
                self.connection = None
                if attempt == 2:
                    raise

    def try_to_send(self, method, target, headers, body):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.connection.putrequest(method, target, skip_accept_encoding=True)
        for key, value in headers:
            self.connection.putheader(key, value)
        if body is not None:
            self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders()
        if body is not None:
            # Who refuses a body need not read it to its end.
            with contextlib.suppress(ConnectionError):
                self.connection.send(body)
        answer = self.connection.getresponse()
        data = answer.read()
        found = {}
        for key, value in answer.getheaders():
            found.setdefault(key.lower(), []).append(value)
        if answer.will_close:
            self.connection.close()
            self.connection = None
        return Answer(answer.status, found, data)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Sqlite:
    """A file for each."""

    kind = "SQLite"

    def __init__(self, folder):
        self.folder = folder

    def make(self, name):
        return self.url_of(name)

    def url_of(self, name):
        return f"sqlite:///{self.folder / name}.db"

    def native_words(self, name):
        return ["--db", str(self.folder / f"{name}.db")], {}

    def connect(self, name):
        return sqlite3.connect(self.folder / f"{name}.db", isolation_level=None)

    def copy(self, old, new):
        with self.connect(old) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.folder / f"{old}.db", self.folder / f"{new}.db")
        return self.make(new)

    def own(self, connection, table):
        """Makes a table that stands in for somebody else's that very table."""
        found = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        if found is not None and "/*" in found[0]:
            before, _, rest = found[0].partition("/*")
            connection.execute(f'DROP TABLE "{table}"')
            connection.execute(before + rest.partition("*/")[2])

    def tables(self, connection):
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def end(self):
        pass


class Postgres:
    """A database for each, on a server that is there."""

    kind = "Postgres"

    def __init__(self, url):
        self.url = url
        self.made = []

    def make(self, name, template=""):
        import psycopg

        database = f"differ_{os.getpid()}_{name}"
        with psycopg.connect(self.url, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {database} {template}")
        self.made.append(database)
        return self.at(database)

    def at(self, database):
        base, _, rest = self.url.rpartition("/")
        query = rest.partition("?")[2]
        return f"{base}/{database}" + (f"?{query}" if query else "")

    def url_of(self, name):
        return self.at(f"differ_{os.getpid()}_{name}")

    def native_words(self, name):
        return [], {"DATABASE_URL": self.url_of(name)}

    def connect(self, name):
        import psycopg

        return psycopg.connect(self.url_of(name), autocommit=True)

    def copy(self, old, new):
        return self.make(new, f"TEMPLATE differ_{os.getpid()}_{old}")

    def own(self, connection, table):
        connection.execute(f'COMMENT ON TABLE "{table}" IS NULL')

    def tables(self, connection):
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [name for (name,) in found]

    def end(self):
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as admin:
            for name in self.made:
                admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port, process):
    """Waits until a server answers, unless it ends or takes too long."""
    start = time.monotonic()
    while time.monotonic() - start < 120 and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


def started(command, **settings):
    """A server, started with a free port as its last word; with another one where somebody took that meanwhile."""
    for _ in range(3):
        port = free_port()
        process = subprocess.Popen([*command, "--port", str(port)], **settings)
        if answers(port, process):
            return Side(port, process)
        process.kill()
        process.wait()
    raise SystemExit(f"it does not start: {command}")


class World:
    """Both servers and what they stand on. First there is the native one alone; `part` makes two of it."""

    def __init__(self, args, document):
        self.args, self.document = args, document
        self.folder = Path(tempfile.mkdtemp(prefix="differ-"))
        self.home = self.folder / "design"
        shutil.copytree(Path(args.design) / "specs", self.home / "specs")
        self.databases = Postgres(args.postgres) if args.postgres else Sqlite(self.folder)
        self.kind = self.databases.kind
        self.env = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        self.env |= {"RATE_LIMIT": "off"} | document.settings
        self.native = self.python = None
        self.url = ""
        try:
            self.databases.make("native")
            self.native = self.start_native()
            self.native.stop()
            self.people()
            self.native = self.start_native()
            self.tokens = {name: self.token(name, *roles) for name, roles in document.people.items()}
        except BaseException:
            self.stop()
            raise

    def sides(self):
        return self.native, self.python

    def start_native(self):
        words, more = self.databases.native_words("native")
        command = [self.args.groma, "serve", *words, str(self.home)]
        return started(command, cwd=self.folder, env=self.env | {"LOG": "off"} | more, stdout=subprocess.DEVNULL)

    def start_python(self):
        env = self.env | {
            "DATABASE_URL": self.url,
            "BETTER_AUTH_URL": "groma-development",
            "AUTH_JWKS_FILE": str(self.home / ".groma" / "dev-jwks.json"),
        }
        command = [sys.executable, "-m", "uvicorn", "app.asgi:app", "--no-server-header", "--log-level", "warning"]
        with (self.folder / "python.log").open("a") as log:
            try:
                return started(command, cwd=self.args.project, env=env, stdout=log, stderr=log)
            except SystemExit:
                print(self.log()[-3000:])
                raise

    def people(self):
        """Fills the tables that the design does not own, which are those very tables from here on."""
        connection = self.databases.connect("native")
        for table, rows in elsewhere.rows(self.document).items():
            self.databases.own(connection, table)
            for row in rows:
                names = ", ".join(f'"{name}"' for name in row)
                values = ", ".join("'" + value + "'" for value in row.values())
                connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({values})')
        connection.close()

    def token(self, name, *roles):
        if not self.document.has_auth:
            return "of-nobody"
        command = [self.args.groma, "token", "--sub", self.document.subject(name), *roles, str(self.home)]
        made = subprocess.run(command, cwd=self.folder, env=self.env, check=True, capture_output=True, text=True)
        return made.stdout.strip()

    def part(self):
        """From here on there are two, with the same rows."""
        self.native.stop()
        self.url = self.databases.copy("native", "python")
        self.native = self.start_native()
        self.python = self.start_python()

    def join(self):
        """From here on both have the rows of the native server."""
        self.python.stop()
        self.url = self.databases.url_of("native")
        self.python = self.start_python()

    def restart(self, rate):
        self.native.stop()
        self.python.stop()
        self.env["RATE_LIMIT"] = rate
        self.native = self.start_native()
        self.python = self.start_python()

    def secrets(self):
        """What the rows hold that no answer shows, by the name of the column."""
        connection = self.databases.connect("native")
        found = {}
        for table in self.databases.tables(connection):
            rows = connection.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in rows.description]
            for row in rows:
                for name, value in zip(names, row):
                    if isinstance(value, str):
                        found.setdefault(name, []).append(value)
        connection.close()
        return found

    def log(self):
        return (self.folder / "python.log").read_text()

    def stop(self):
        for side in self.sides():
            if side is not None:
                side.stop()
        self.databases.end()
        shutil.rmtree(self.folder, ignore_errors=True)
