//! Who the caller is: tokens, claims and roles.

use groma_diag::{Span, nearest};
use groma_ir::design::{Algorithm, Auth, EntityId, Jwks, Setting};
use groma_syntax::ast::{self, AstNode, OriginKind};

use super::{Declared, Resolver};
use crate::rules::{bad_algorithm, bad_setting, declared_twice, token_keys};

/// What the settings of an `auth` block say.
#[derive(Default)]
struct Settings {
    issuer: Option<Setting>,
    audience: Vec<Setting>,
    /// With the place where it was said.
    keys: Option<(Jwks, Span)>,
    algorithms: Vec<(Algorithm, Span)>,
    says_algorithms: bool,
    leeway: u32,
}

impl Resolver<'_> {
    pub(super) fn auth(&mut self, declared: &Declared) {
        let mut all = declared.auths.iter();
        let Some(first) = all.next() else { return };
        for other in all {
            let found = declared_twice::declared_twice(other.span(), first.span(), "`auth`");
            self.report(found);
        }
        self.map.auth = Some(first.clone());
        let settings = self.auth_settings(first);
        let caller = self.caller(first);
        let (roles, role_claim, default_role) = self.roles(first);
        let claims = self.claims(first);
        let Some((caller, caller_claim)) = caller else {
            // What needs a caller has no more to complain about than that the caller is broken.
            self.said_no_auth = true;
            return;
        };
        let jwks = self.jwks(first, &settings);
        let algorithms = self.algorithms(first, &settings, &jwks);
        self.design.auth = Some(Auth {
            issuer: settings.issuer,
            audience: settings.audience,
            jwks,
            algorithms,
            leeway: settings.leeway,
            caller,
            caller_claim,
            claims,
            roles,
            role_claim,
            default_role,
            origin: first.span(),
        });
    }

    fn auth_settings(&mut self, ast: &ast::Auth) -> Settings {
        let mut said = Vec::new();
        let mut settings = Settings {
            leeway: 30,
            ..Settings::default()
        };
        let mut says_leeway = false;
        for item in ast.items() {
            let ast::AuthItem::Setting(setting) = item else {
                continue;
            };
            if !self.counts(&mut said, &setting) {
                continue;
            }
            let name = setting.name();
            says_leeway |= name == "leeway";
            self.auth_setting(&setting, &name, &mut settings);
        }
        if !says_leeway {
            let text = "A token is accepted up to 30 seconds after it expired, for clocks that differ.";
            self.assume("auth.leeway", text, Some(ast.span()));
        }
        settings
    }

    fn auth_setting(&mut self, ast: &ast::Setting, name: &str, settings: &mut Settings) {
        let Some(first) = ast.value() else {
            self.report(bad_setting::bad_setting(ast.span(), name, "a value"));
            return;
        };
        match name {
            "issuer" => settings.issuer = self.setting(&first, name),
            "audience" => {
                for value in ast.values() {
                    settings.audience.extend(self.setting(&value, name));
                }
            }
            "jwks" => {
                let keys = self.key_set(&first).map(|keys| (keys, ast.span()));
                self.put_keys(settings, keys);
            }
            "secret" => {
                let keys = self.secret_key(&first).map(|keys| (keys, ast.span()));
                self.put_keys(settings, keys);
            }
            "algorithms" => {
                settings.says_algorithms = true;
                for value in ast.values() {
                    settings.algorithms.extend(self.algorithm(&value));
                }
            }
            "leeway" => match &first {
                ast::Value::Duration(duration) if duration.seconds().is_some_and(|it| it <= 60) => {
                    settings.leeway = duration
                        .seconds()
                        .and_then(|it| u32::try_from(it).ok())
                        .unwrap_or(60);
                }
                _ => {
                    let found = bad_setting::bad_setting(first.span(), name, "a duration of at most `60s`");
                    self.report(found);
                }
            },
            _ => self.unsupported(ast.span(), &format!("`{name}` in `auth`")),
        }
    }

    fn put_keys(&mut self, settings: &mut Settings, keys: Option<(Jwks, Span)>) {
        if let (Some((_, first)), Some((_, second))) = (&settings.keys, &keys) {
            self.report(token_keys::two_kinds(*second, *first));
            return;
        }
        settings.keys = keys.or(settings.keys.take());
    }

    fn key_set(&mut self, value: &ast::Value) -> Option<Jwks> {
        if let ast::Value::Route(route) = value {
            return Some(Jwks::IssuerPath(route.text()));
        }
        Some(match self.setting(value, "jwks")? {
            Setting::Value(text) if text.starts_with('/') => Jwks::IssuerPath(text),
            setting => Jwks::At(setting),
        })
    }

    fn secret_key(&mut self, value: &ast::Value) -> Option<Jwks> {
        match self.setting(value, "secret")? {
            setting @ Setting::Env(_) => Some(Jwks::Secret(setting)),
            Setting::Value(_) => {
                self.report(token_keys::written_secret(value.span()));
                // What hangs on the kind of keys has no more to complain about.
                Some(Jwks::Secret(Setting::Env(String::from("TOKEN_SECRET"))))
            }
        }
    }

    fn algorithm(&mut self, value: &ast::Value) -> Option<(Algorithm, Span)> {
        let name = match value {
            ast::Value::Word(name) => name.text(),
            ast::Value::String(text) => text.value(),
            _ => {
                let found = bad_setting::bad_setting(value.span(), "algorithms", "names such as `EdDSA`");
                self.report(found);
                return None;
            }
        };
        let found = Algorithm::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name || algorithm.name() == "EdDSA" && name == "Ed25519");
        if found.is_none() {
            let names = Algorithm::ALL.map(Algorithm::name);
            let meant = nearest(&name, names);
            self.report(bad_algorithm::unknown(value.span(), &name, meant));
        }
        found.map(|algorithm| (algorithm, value.span()))
    }

    fn jwks(&mut self, ast: &ast::Auth, settings: &Settings) -> Jwks {
        if let Some((keys, span)) = &settings.keys {
            if matches!(keys, Jwks::IssuerPath(_)) && settings.issuer.is_none() {
                self.report(token_keys::path_without_issuer(*span));
            }
            return keys.clone();
        }
        let found = token_keys::unsaid(ast.span(), settings.issuer.is_some());
        if !self.map.decided.contains("auth.jwks") && !self.is_damaged(ast) {
            self.report(found);
        }
        let (jwks, text) = if settings.issuer.is_some() {
            let path = String::from("/api/auth/jwks");
            let text = "Tokens are verified by the key set that the issuer publishes at /api/auth/jwks.";
            (Jwks::IssuerPath(path), text)
        } else {
            let setting = Setting::Env(String::from("JWKS_URL"));
            let text = "Tokens are verified by the key set at the URL in the variable JWKS_URL.";
            (Jwks::At(setting), text)
        };
        self.assume("auth.jwks", text, Some(ast.span()));
        jwks
    }

    fn algorithms(&mut self, ast: &ast::Auth, settings: &Settings, jwks: &Jwks) -> Vec<Algorithm> {
        let shared = matches!(jwks, Jwks::Secret(_));
        let wrong = settings
            .algorithms
            .iter()
            .find(|(algorithm, _)| (*algorithm == Algorithm::Hs256) != shared);
        if let Some((algorithm, span)) = wrong {
            self.report(bad_algorithm::other_keys(*span, algorithm.name(), shared));
        }
        if settings.says_algorithms {
            let mut all: Vec<Algorithm> = Vec::new();
            for (algorithm, _) in &settings.algorithms {
                if !all.contains(algorithm) {
                    all.push(*algorithm);
                }
            }
            return all;
        }
        let only = if shared {
            Algorithm::Hs256
        } else {
            Algorithm::EdDsa
        };
        let text = format!("Tokens are signed with {}.", only.name());
        self.assume("auth.algorithms", text, Some(ast.span()));
        vec![only]
    }

    fn caller(&mut self, ast: &ast::Auth) -> Option<(EntityId, String)> {
        let mut said = None;
        for item in ast.items() {
            if let ast::AuthItem::Caller(it) = item {
                self.once(&mut said, it, "`caller`");
            }
        }
        let Some(said) = said else {
            if !self.is_damaged(ast) {
                let message = "`auth` does not say which entity the callers are";
                let help = "add a line such as `caller User from claim sub`";
                self.report(bad_setting::missing(ast.span(), message, help));
            }
            return None;
        };
        if said.creates_on_first_use() {
            self.unsupported(said.span(), "`create on first use`");
        }
        let claim = match said.origin() {
            Some(origin) => self.claim_of(&origin)?,
            None => String::from("sub"),
        };
        let entity = self.entity_named(&said.entity()?)?;
        Some((entity, claim))
    }

    /// The claim behind `from`; a column is a later matter.
    pub(super) fn claim_of(&mut self, origin: &ast::Origin) -> Option<String> {
        match origin.kind() {
            OriginKind::Claim => {
                let name = origin.name()?;
                if name.contains('.') && !origin.is_quoted() {
                    self.unsupported(origin.span(), "a claim inside another claim");
                }
                Some(name)
            }
            OriginKind::Column => {
                self.unsupported(origin.span(), "`from column`");
                None
            }
        }
    }
}
