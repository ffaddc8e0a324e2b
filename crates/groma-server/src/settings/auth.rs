//! How tokens are verified: the design's words, what the environment adds, and the development issuer.

use std::path::{Path, PathBuf};
use std::time::Duration;

use groma_ir::design::{Auth, Jwks, Setting};

use super::Mode;
use super::reader::{Reader, name_of};
use super::variable::{AUTH_INSECURE_HTTP, AUTH_JWKS_FILE, AUTH_JWKS_URL};
use crate::auth::dev::TokenRequest;
use crate::auth::{Algorithm, Secret};

/// The issuer and the audience of development tokens where the environment names none.
const DEVELOPMENT: &str = "groma-development";
/// The folder of the development key, beside the development database.
const STATE: &str = ".groma";

/// What is required of a token.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// The allow-list.
    pub algorithms: Vec<Algorithm>,
    /// What `iss` must be.
    pub issuer: Option<String>,
    /// One of these must be in `aud`; empty when it is not checked.
    pub audience: Vec<String>,
    /// The claim that names the caller.
    pub subject_claim: String,
    /// The claim that names the roles.
    pub role_claim: Option<String>,
    /// How far clocks may differ.
    pub leeway: Duration,
    /// Where the keys come from.
    pub keys: Keys,
    /// Whether keys may come by plain http from another machine.
    pub insecure_http: bool,
}

/// Where the keys come from.
#[derive(Clone, Debug)]
pub enum Keys {
    /// A JWK set by URL.
    Url(String),
    /// A JWK set in a file.
    File(PathBuf),
    /// The secret of HS256.
    Secret(Secret),
    /// The development issuer, whose key is made in this folder at first start.
    Development(PathBuf),
}

impl AuthSettings {
    /// Whether tokens come from the development issuer.
    pub fn is_development(&self) -> bool {
        matches!(self.keys, Keys::Development(_))
    }

    /// A token that this server would take, for a subject: what `groma token` mints.
    pub fn token_request(&self, subject: &str) -> TokenRequest {
        let mut request = TokenRequest::new(subject);
        request.subject_claim.clone_from(&self.subject_claim);
        request.issuer.clone_from(&self.issuer);
        request.audience = self.audience.first().cloned();
        if let Some(claim) = &self.role_claim {
            request.role_claim.clone_from(claim);
        }
        request
    }
}

pub(super) fn read(reader: &mut Reader<'_>, auth: &Auth, folder: &Path) -> AuthSettings {
    let keys = keys(reader, auth, folder);
    let development = matches!(keys, Keys::Development(_));
    let insecure_http = reader.word(&AUTH_INSECURE_HTTP, &[("on", true), ("off", false)], false);
    AuthSettings {
        algorithms: algorithms(auth, &keys),
        issuer: auth
            .issuer
            .as_ref()
            .and_then(|issuer| claim(reader, issuer, development)),
        audience: audience(reader, auth, development),
        subject_claim: auth.caller_claim.clone(),
        role_claim: auth.role_claim.clone(),
        leeway: Duration::from_secs(u64::from(auth.leeway)),
        keys,
        insecure_http,
    }
}

/// The design's algorithms that the keys can serve. With the development issuer it is the one of its key.
fn algorithms(auth: &Auth, keys: &Keys) -> Vec<Algorithm> {
    if matches!(keys, Keys::Development(_)) {
        return vec![Algorithm::EdDsa];
    }
    auth.algorithms
        .iter()
        .filter_map(|algorithm| algorithm.name().parse().ok())
        .collect()
}

fn audience(reader: &mut Reader<'_>, auth: &Auth, development: bool) -> Vec<String> {
    let mut all = Vec::new();
    for setting in &auth.audience {
        if let Some(audience) = claim(reader, setting, development).filter(|one| !all.contains(one)) {
            all.push(audience);
        }
    }
    all
}

/// What a claim must be. Only the development issuer makes up for what is not set.
fn claim(reader: &mut Reader<'_>, setting: &Setting, development: bool) -> Option<String> {
    let value = if development {
        reader.setting(setting).or(Some(DEVELOPMENT))
    } else {
        reader.required(setting)
    };
    value.map(str::to_owned)
}

fn keys(reader: &mut Reader<'_>, auth: &Auth, folder: &Path) -> Keys {
    let (url, file) = (reader.given(&AUTH_JWKS_URL), reader.given(&AUTH_JWKS_FILE));
    if url.is_some() && file.is_some() {
        reader.wrong(
            AUTH_JWKS_FILE.name,
            format!("`{}` is set too; keep one of them", AUTH_JWKS_URL.name),
        );
    }
    match (url, file) {
        (Some(url), _) => Keys::Url(url.to_owned()),
        (None, Some(file)) => Keys::File(folder.join(file)),
        (None, None) => keys_of_design(reader, auth, folder),
    }
}

fn keys_of_design(reader: &mut Reader<'_>, auth: &Auth, folder: &Path) -> Keys {
    let development = Keys::Development(folder.join(STATE));
    let place = match &auth.jwks {
        Jwks::IssuerPath(_) => auth.issuer.as_ref(),
        Jwks::At(place) | Jwks::Secret(place) => Some(place),
    };
    // The issuer is production's, also when `.env` names it; while developing only what says where the keys are,
    // or what the secret is, leads away from the development issuer.
    let is_productions = reader.mode == Mode::Development
        && (matches!(auth.jwks, Jwks::IssuerPath(_)) || matches!(place, Some(Setting::Value(_))));
    let value = place
        .filter(|_| !is_productions)
        .and_then(|place| reader.setting(place));
    match (&auth.jwks, value) {
        (Jwks::IssuerPath(path), Some(issuer)) => {
            Keys::Url(format!("{}{path}", issuer.trim_end_matches('/')))
        }
        (Jwks::At(_), Some(place)) if place.contains("://") => Keys::Url(place.to_owned()),
        (Jwks::At(_), Some(place)) => Keys::File(folder.join(place)),
        (Jwks::Secret(_), Some(secret)) => Keys::Secret(Secret::new(secret)),
        (_, None) => {
            if let (Mode::Production, Some(place)) = (reader.mode, place) {
                reader.missing(name_of(place));
            } else if reader.mode == Mode::Production {
                reader.missing(AUTH_JWKS_URL.name);
            }
            development
        }
    }
}
