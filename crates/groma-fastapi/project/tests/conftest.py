"""A client for each of some people, on a database of the tests' own.

`TEST_DATABASE_URL` names another database than a SQLite file. Its tables are emptied and dropped,
so one with rows is refused, unless its name ends in `_test`.
"""

# The imports.
# The constants.
ROOT = Path(__file__).parent.parent
# What Alembic keeps in a database.
VERSIONS = "alembic_version"


# The issuer.
class Person:
    """Somebody who calls."""

    def __init__(self, client: Client, token: str | None) -> None:
        self.client = client
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    @property
    def key(self) -> str:
        """Their key, as paths hold it."""
        claims = self.headers["Authorization"].split(".")[1]
        return str(json.loads(base64url_decode(claims))["sub"])

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        """One request; names of headers are written with `_`."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else None
        if data is not None:
            more = {"Content-Type": "application/json"} | more
        sent = None if data is not None else body
        return self.client.request(
            method, path, json=sent, content=data, headers=self.headers | more
        )

    def get(self, path: str, **headers: str) -> Response:
        """`GET`."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Response:
        """`POST`."""
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Response:
        """`PATCH`."""
        return self.send("PATCH", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Response:
        """`PUT`."""
        return self.send("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Response:
        """`DELETE`."""
        return self.send("DELETE", path, **headers)

    def make(self, path: str, /, **body: Any) -> dict[str, Any]:
        """A new row."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


def add(client: TestClient, *rows: SQLModel) -> None:
    """Rows as they are, whatever the rules say."""
    engine = client.app.state.engine  # type: ignore[attr-defined]
    with Session(engine, expire_on_commit=False) as session:
        for row in rows:
            session.add(row)
            session.flush()
        session.commit()


def refuse_rows(engine: Engine) -> None:
    """Ends the tests where they would take somebody's rows."""
    with engine.connect() as connection:
        tables = [name for name in inspect(connection).get_table_names() if name != VERSIONS]
        filled = [
            name
            for name in tables
            if connection.scalar(select(exists(select(literal(1)).select_from(table(name)))))
        ]
    database = Path(str(engine.url.database))
    if filled and not database.stem.endswith("_test"):
        pytest.exit(
            f"`{database.name}` has rows, in {', '.join(filled)}: name an empty database, "
            "or call one that tests may empty `..._test`",
            returncode=2,
        )


def empty(client: TestClient) -> None:
    """No rows any more."""
    with client.app.state.engine.begin() as connection:  # type: ignore[attr-defined]
        for model in "models":
            connection.execute(delete(model))


def mistakes(answer: Response) -> list[tuple[str, str]]:
    """Where the mistakes in an input are, and their codes."""
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    errors = answer.json()["errors"]
    return [(each.get("pointer", each.get("parameter")), each["code"]) for each in errors]


@pytest.fixture(scope="session")
def settings(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("state")
    keys = folder / "jwks.json"
    keys.write_text(issuer.jwks())
    return "settings"


@pytest.fixture(scope="session")
def alembic(settings: Settings) -> Config:
    engine = make_engine(settings)
    refuse_rows(engine)
    engine.dispose()
    config = Config(ROOT / "alembic.ini")
    config.attributes["settings"] = settings
    command.upgrade(config, "head")
    return config


@pytest.fixture(scope="session")
def session_client(settings: Settings, alembic: Config) -> Iterator[TestClient]:
    assert alembic.attributes["settings"] is settings
    with TestClient(create_app(settings)) as client:
        yield client
        empty(client)


@pytest.fixture
def client(session_client: TestClient) -> TestClient:
    empty(session_client)
    return session_client


@pytest.fixture
def nobody(client: TestClient) -> Person:
    return Person(client, None)
