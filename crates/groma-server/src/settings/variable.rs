//! The table of variables: one entry feeds the reader, `groma env` and the documents.

use groma_ir::Design;
use groma_ir::design::{Jwks, Setting};

/// An environment variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it is for, in one line.
    pub meaning: String,
    /// Whether a server starts without it.
    pub need: Need,
    /// Whether its value must never be shown.
    pub secret: bool,
    /// What holds in development when it is not set.
    pub default: Option<String>,
}

/// Whether a server starts without a variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// It does, everywhere.
    Optional,
    /// It does in development only.
    Production,
}

/// A variable that every server has, whatever the design says.
#[derive(Debug)]
pub(super) struct Fixed {
    pub(super) name: &'static str,
    meaning: &'static str,
    need: Need,
    pub(super) default: Option<&'static str>,
}

pub(super) const MODE: Fixed = Fixed {
    name: "GROMA_ENV",
    meaning: "`development` or `production`",
    need: Need::Optional,
    default: Some("development"),
};
pub(super) const HOST: Fixed = Fixed {
    name: "HOST",
    meaning: "address to listen on; `0.0.0.0` for every network",
    need: Need::Optional,
    default: Some("127.0.0.1"),
};
pub(super) const PORT: Fixed = Fixed {
    name: "PORT",
    meaning: "port to listen on; `0` takes a free one",
    need: Need::Optional,
    default: Some("8000"),
};
pub(super) const DATABASE_URL: Fixed = Fixed {
    name: "DATABASE_URL",
    meaning: "the database: `postgresql://USER:PASSWORD@HOST/DATABASE`, or a file of SQLite, as `sqlite:PATH` or `sqlite:///PATH`",
    need: Need::Production,
    default: Some("sqlite:.groma/dev.db"),
};
pub(super) const DATABASE_READ_URL: Fixed = Fixed {
    name: "DATABASE_READ_URL",
    meaning: "a copy of the Postgres database that GET and HEAD go to; what was just written may not be there yet",
    need: Need::Optional,
    default: None,
};
pub(super) const DATABASE_CONNECTIONS: Fixed = Fixed {
    name: "DATABASE_CONNECTIONS",
    meaning: "connections that this process has to a Postgres database at most; four a core, from 16 to 32, unless told",
    need: Need::Optional,
    default: None,
};
pub(super) const AUTH_JWKS_URL: Fixed = Fixed {
    name: "AUTH_JWKS_URL",
    meaning: "fetch the issuer's keys here instead of where the design says, also while developing",
    need: Need::Optional,
    default: None,
};
pub(super) const AUTH_JWKS_FILE: Fixed = Fixed {
    name: "AUTH_JWKS_FILE",
    meaning: "read the issuer's keys from this file instead of where the design says, also while developing",
    need: Need::Optional,
    default: None,
};
pub(super) const AUTH_INSECURE_HTTP: Fixed = Fixed {
    name: "AUTH_INSECURE_HTTP",
    meaning: "`on` fetches the issuer's keys by plain http from another machine; whoever is on the wire chooses them",
    need: Need::Optional,
    default: Some("off"),
};
pub(super) const RATE_LIMIT: Fixed = Fixed {
    name: "RATE_LIMIT",
    meaning: "requests of one caller, as `120/min` (s, min, h) instead of what the design says, or `off`: no limit, of no route either",
    need: Need::Optional,
    default: None,
};
pub(super) const TRUSTED_PROXIES: Fixed = Fixed {
    name: "TRUSTED_PROXIES",
    meaning: "proxies whose `X-Forwarded-For` is believed, as addresses or networks separated by commas",
    need: Need::Optional,
    default: None,
};
pub(super) const MAX_CONNECTIONS: Fixed = Fixed {
    name: "MAX_CONNECTIONS",
    meaning: "connections served at once; for one more, one that rests is closed",
    need: Need::Optional,
    default: Some("4096"),
};
pub(super) const DOCS: Fixed = Fixed {
    name: "DOCS",
    meaning: "`on` or `off`: whether `/docs` and `/openapi.json` are answered",
    need: Need::Optional,
    default: Some("on"),
};
pub(super) const LOG: Fixed = Fixed {
    name: "LOG",
    meaning: "`off`, `error`, `warn`, `info` or `debug`",
    need: Need::Optional,
    default: Some("info"),
};
pub(super) const LOG_FORMAT: Fixed = Fixed {
    name: "LOG_FORMAT",
    meaning: "`text` or `json`",
    need: Need::Optional,
    default: Some("text"),
};

const FIXED: [&Fixed; 15] = [
    &MODE,
    &HOST,
    &PORT,
    &DATABASE_URL,
    &DATABASE_READ_URL,
    &DATABASE_CONNECTIONS,
    &AUTH_JWKS_URL,
    &AUTH_JWKS_FILE,
    &AUTH_INSECURE_HTTP,
    &RATE_LIMIT,
    &TRUSTED_PROXIES,
    &MAX_CONNECTIONS,
    &DOCS,
    &LOG,
    &LOG_FORMAT,
];

/// The default of the origins that may call from a browser: where frontends are developed.
pub(super) const DEVELOPMENT_ORIGIN: &str = "http://localhost:3000";

/// Every variable that a server of this design reads: those of every server, then those that the design names.
pub fn variables(design: &Design) -> Vec<Variable> {
    let mut all: Vec<Variable> = FIXED.iter().map(|fixed| fixed.variable()).collect();
    for variable in named_by(design) {
        match all.iter_mut().find(|known| known.name == variable.name) {
            Some(known) => join(known, &variable),
            None => all.push(variable),
        }
    }
    all
}

impl Fixed {
    fn variable(&self) -> Variable {
        Variable {
            name: self.name.to_owned(),
            meaning: self.meaning.to_owned(),
            need: self.need,
            secret: false,
            default: self.default.map(str::to_owned),
        }
    }
}

/// One variable may stand for two things: `BETTER_AUTH_URL` is often issuer and audience.
fn join(known: &mut Variable, other: &Variable) {
    if !known.meaning.contains(&other.meaning) {
        known.meaning.push_str("; ");
        known.meaning.push_str(&other.meaning);
    }
    known.secret |= other.secret;
    if other.need == Need::Production {
        known.need = Need::Production;
    }
}

fn named_by(design: &Design) -> Vec<Variable> {
    let mut named = Vec::new();
    let mut add = |setting: &Setting, meaning: &str, secret: bool, default: Option<&str>| {
        if let Setting::Env(name) = setting {
            named.push(Variable {
                name: name.clone(),
                meaning: meaning.to_owned(),
                need: Need::Production,
                secret,
                default: default.map(str::to_owned),
            });
        }
    };
    if let Some(auth) = &design.auth {
        if let Some(issuer) = &auth.issuer {
            add(issuer, "the issuer of the tokens (`iss`)", false, None);
        }
        for audience in &auth.audience {
            add(
                audience,
                "an audience that tokens may be for (`aud`)",
                false,
                None,
            );
        }
        match &auth.jwks {
            Jwks::At(place) => add(place, "where the issuer's keys are: a URL or a file", false, None),
            Jwks::Secret(secret) => add(secret, "the secret that signs the tokens", true, None),
            Jwks::IssuerPath(_) => {}
        }
    }
    for origin in design.service.cors.iter().flat_map(|cors| &cors.origins) {
        let meaning = "origins that may call from a browser, separated by commas";
        add(origin, meaning, false, Some(DEVELOPMENT_ORIGIN));
    }
    named
}
