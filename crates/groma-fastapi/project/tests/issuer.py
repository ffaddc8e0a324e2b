"""What stands for Better Auth in tests."""


class Issuer:
    """What Better Auth is to a deployment."""

    def __init__(self, key: Any = None) -> None:
        self.algorithm = get_default_algorithms()[ALGORITHMS[0]]
        self.key = key or "a new key"
        self.kid = os.environ.get("SIGNING_KID", "first")

    def jwks(self) -> str:
        """The public key, as it is published."""
        public = self.algorithm.to_jwk(self.key.public_key(), as_dict=True)
        return json.dumps({"keys": [public | {"kid": self.kid, "alg": ALGORITHMS[0]}]})

    def claims(self, subject: str, **other: Any) -> dict[str, Any]:
        """What Better Auth puts into a token, but for some claims; `None` leaves one out."""
        now = int(time.time())
        usual = "claims"
        return {name: value for name, value in (usual | other).items() if value is not None}

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """Any header and any claims, signed with the issuer's key."""
        parts = [base64url_encode(json.dumps(each).encode()) for each in (header, claims)]
        signature = self.algorithm.sign(b".".join(parts), self.key)
        return b".".join([*parts, base64url_encode(signature)]).decode()

    def token(self, subject: str, **claims: Any) -> str:
        """A token as Better Auth makes it, but for some claims."""
        return self.sign({"alg": ALGORITHMS[0], "kid": self.kid}, self.claims(subject, **claims))


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    if "SIGNING_KEY" not in os.environ:
        return Issuer()
    data = Path(os.environ["SIGNING_KEY"]).read_bytes()
    load = load_pem_private_key if data.startswith(b"-----") else load_der_private_key
    return Issuer(load(data, None))
