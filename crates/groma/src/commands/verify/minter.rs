//! Tokens for the verifier, by the development key that the service trusts.

use std::fmt::Write as _;
use std::path::Path;

use groma_server::auth::dev::DevIssuer;
use groma_server::settings::AuthSettings;
use groma_verify::{MintError, Minter, TokenSpec};

use crate::failure::Failure;
use crate::world;

/// Signs with the development key.
pub(super) struct DevelopmentMinter {
    issuer: DevIssuer,
    auth: AuthSettings,
    /// What stands behind `groma token` to mean this project.
    place: String,
}

impl DevelopmentMinter {
    /// Opens the key of a folder.
    pub(super) fn open(
        folder: &Path,
        auth: AuthSettings,
        place: String,
    ) -> Result<DevelopmentMinter, Failure> {
        Ok(DevelopmentMinter {
            issuer: DevIssuer::open(folder)?,
            auth,
            place,
        })
    }
}

impl Minter for DevelopmentMinter {
    fn mint(&self, user: &TokenSpec) -> Result<String, MintError> {
        let mut request = self.auth.token_request(&user.subject);
        request.roles.clone_from(&user.roles);
        request.extra.clone_from(&user.claims);
        self.issuer
            .mint(&request)
            .map_err(|error| MintError(error.to_string()))
    }

    fn sign(&self, header: &str, claims: &str) -> Option<Result<String, MintError>> {
        let signed = self.issuer.sign_bytes(header.as_bytes(), claims.as_bytes());
        Some(signed.map_err(|error| MintError(error.to_string())))
    }

    fn jwks(&self) -> Option<String> {
        Some(self.issuer.jwks_json())
    }

    fn trusted_by(&self) -> Option<String> {
        let keys = world::absolute(self.issuer.jwks_path());
        Some(format!(
            "the service has to know that key: start it with `AUTH_JWKS_FILE={}`",
            keys.display()
        ))
    }

    fn command(&self, user: &TokenSpec) -> Option<String> {
        let mut command = format!("groma token{} --sub {}", self.place, user.subject);
        for role in &user.roles {
            let _ = write!(command, " --role {role}");
        }
        for (name, value) in &user.claims {
            let _ = write!(command, " --claim '{name}={value}'");
        }
        Some(command)
    }
}
