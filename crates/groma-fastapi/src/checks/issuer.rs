//! The class that makes the tokens of tests, and its fixture.

use groma_ir::design::{Algorithm, Auth};

use super::is_published;
use crate::cx::Cx;
use crate::people;
use crate::python::{Doc, Imports, string};

/// Both.
pub(super) fn issuer(cx: &Cx<'_>, imports: &mut Imports, auth: &Auth) -> String {
    for module in ["json", "time"] {
        imports.module(module);
    }
    for (module, name) in [
        ("jwt.algorithms", "get_default_algorithms"),
        ("jwt.utils", "base64url_encode"),
        ("app.core.config", "ALGORITHMS"),
    ] {
        imports.name(module, name);
    }
    let key = new_key(imports, auth);
    let claims = claims(cx, auth);
    let text = file!("issuer.py");
    let text = text.split_once("\n\n\n").map_or(text, |(_, class)| class);
    let text = if is_published(auth) {
        for name in ["load_der_private_key", "load_pem_private_key"] {
            imports.name("cryptography.hazmat.primitives.serialization", name);
        }
        text.to_owned()
    } else {
        text.replace(PUBLISHED, "")
            .replace(LOADED, "    return Issuer(data)\n")
    };
    let class =
        text.replace(
            "        self.key = key or \"a new key\"\n",
            &key.statement(8, "self.key = key or ", ""),
        )
        .replace(
            "        usual = \"claims\"\n",
            &claims.statement(8, "usual = ", ""),
        ) + "\n\n";
    match people::key_function(cx, imports, auth) {
        Some(block) => block.text() + "\n\n" + &class,
        None => class,
    }
}

fn new_key(imports: &mut Imports, auth: &Auth) -> Doc {
    let module = "cryptography.hazmat.primitives.asymmetric";
    let mut curve = |curve: &str| {
        let ec = imports.name(module, "ec");
        Doc::call(
            format!("{ec}.generate_private_key"),
            [Doc::text(format!("ec.{curve}()"))],
        )
    };
    match auth.algorithms.first() {
        Some(Algorithm::Es256) => curve("SECP256R1"),
        Some(Algorithm::Es512) => curve("SECP521R1"),
        Some(Algorithm::Rs256 | Algorithm::Ps256) => {
            let rsa = imports.name(module, "rsa");
            let size = [Doc::text("65537"), Doc::text("2048")];
            Doc::call(format!("{rsa}.generate_private_key"), size)
        }
        Some(Algorithm::Hs256) => {
            imports.module("secrets");
            Doc::text("secrets.token_urlsafe(32).encode()")
        }
        Some(Algorithm::EdDsa) | None => {
            let class = imports.name(&format!("{module}.ed25519"), "Ed25519PrivateKey");
            Doc::call(format!("{class}.generate"), [])
        }
    }
}

/// The claims of a token, with those that rules read.
fn claims(cx: &Cx<'_>, auth: &Auth) -> Doc {
    let mut pairs = vec![
        (string(&auth.caller_claim), Doc::text(people::claim(cx, auth))),
        (string("iss"), Doc::text("ISSUER")),
        (string("aud"), Doc::text("AUDIENCE")),
        (string("iat"), Doc::text("now")),
        (string("exp"), Doc::text("now + 900")),
    ];
    for claim in auth
        .claims
        .iter()
        .filter(|claim| claim.claim != auth.caller_claim)
    {
        let value = people::said(claim, &|tail| match tail {
            "" => String::from("subject"),
            tail => format!("f\"{{subject}}{tail}\""),
        });
        pairs.push((string(&claim.claim), Doc::text(value)));
    }
    Doc::dict(pairs)
}

/// How the public key is published.
const PUBLISHED: &str = "    def jwks(self) -> str:
        \"\"\"The public key, as it is published.\"\"\"
        public = self.algorithm.to_jwk(self.key.public_key(), as_dict=True)
        return json.dumps({\"keys\": [public | {\"kid\": self.kid, \"alg\": ALGORITHMS[0]}]})

";

/// How the private key is read.
const LOADED: &str =
    "    load = load_pem_private_key if data.startswith(b\"-----\") else load_der_private_key
    return Issuer(load(data, None))
";
