//! From variables to settings.

use std::path::Path;

use groma_ir::Design;
use groma_ir::design::{Per, Rate};
use thiserror::Error;

use super::reader::{Reader, name_of};
use super::variable::{
    DEVELOPMENT_ORIGIN, DOCS, HOST, LOG, LOG_FORMAT, MAX_CONNECTIONS, MODE, PORT, RATE_LIMIT, TRUSTED_PROXIES,
};
use super::{
    CorsSettings, Environment, LogFormat, LogLevel, LogSettings, Mode, Network, Patience, Settings, auth,
    database, origin, rate,
};

/// Everything that keeps a server from starting, at once.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{}", message(*.mode, .mistakes))]
pub struct SettingsError {
    /// What kind of place it is.
    pub mode: Mode,
    /// Each mistake.
    pub mistakes: Vec<Mistake>,
}

/// One thing that is wrong with the settings. Values are not shown: they may be secrets.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Mistake {
    /// A variable is not set.
    #[error("`{name}` is not set")]
    Missing {
        /// The variable.
        name: String,
    },
    /// A variable is set to something that cannot be.
    #[error("`{name}` cannot be used: {why}")]
    Wrong {
        /// The variable.
        name: String,
        /// What is wrong and what would be right.
        why: String,
    },
}

fn message(mode: Mode, mistakes: &[Mistake]) -> String {
    let place = match mode {
        Mode::Development => "the settings",
        Mode::Production => "the settings for production",
    };
    let mut text = format!("{place} are not complete:");
    for mistake in mistakes {
        text.push_str("\n  - ");
        text.push_str(&mistake.to_string());
    }
    text.push_str("\nset them in the environment or in `.env`; `groma env` lists every variable");
    text
}

impl Settings {
    /// Reads all settings. Relative paths are taken from `folder`.
    pub fn resolve(design: &Design, environment: &Environment, folder: &Path) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(environment);
        let modes = [
            ("development", Mode::Development),
            ("production", Mode::Production),
        ];
        reader.mode = reader.word(&MODE, &modes, Mode::Production);
        let settings = Self {
            mode: reader.mode,
            host: reader.text(&HOST).to_owned(),
            port: reader.number(&PORT, 0),
            database: database::read(&mut reader, folder),
            auth: design
                .auth
                .as_ref()
                .map(|auth| auth::read(&mut reader, auth, folder)),
            cors: cors(&mut reader, design),
            rate: rate_limit(&mut reader, design),
            route_limits: reader.given(&RATE_LIMIT) != Some("off"),
            proxies: proxies(&mut reader),
            log: log(&mut reader),
            docs: reader.word(&DOCS, &[("on", true), ("off", false)], true),
            connections: reader.number(&MAX_CONNECTIONS, 1),
            patience: Patience::default(),
        };
        if settings.connections == 0 {
            reader.wrong(
                MAX_CONNECTIONS.name,
                "at least one connection is needed".to_owned(),
            );
        }
        match reader.mistakes {
            none if none.is_empty() => Ok(settings),
            mistakes => Err(SettingsError {
                mode: settings.mode,
                mistakes,
            }),
        }
    }
}

fn cors(reader: &mut Reader<'_>, design: &Design) -> Option<CorsSettings> {
    let cors = design.service.cors.as_ref()?;
    let mut origins = Vec::new();
    for setting in &cors.origins {
        let text = match (reader.setting(setting), reader.mode) {
            (Some(text), _) => text,
            (None, Mode::Development) => DEVELOPMENT_ORIGIN,
            (None, Mode::Production) => reader.required(setting).unwrap_or_default(),
        };
        for text in text.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            match origin::exact(text) {
                Ok(origin) => origins.push(origin),
                Err(why) => reader.wrong(name_of(setting), format!("the origin `{text}` {why}")),
            }
        }
    }
    Some(CorsSettings {
        origins,
        credentials: cors.credentials,
    })
}

fn rate_limit(reader: &mut Reader<'_>, design: &Design) -> Option<Rate> {
    let per = design.service.limits.rate.map_or(Per::Caller, |rate| rate.per);
    match reader.given(&RATE_LIMIT) {
        None => design.service.limits.rate,
        Some("off") => None,
        Some(text) => rate::parse(text, per)
            .map_err(|why| reader.wrong(RATE_LIMIT.name, why.to_owned()))
            .ok(),
    }
}

fn proxies(reader: &mut Reader<'_>) -> Vec<Network> {
    let mut all = Vec::new();
    for text in reader
        .text(&TRUSTED_PROXIES)
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        match text.parse() {
            Ok(network) => all.push(network),
            Err(why) => reader.wrong(TRUSTED_PROXIES.name, format!("`{text}` {why}")),
        }
    }
    all
}

fn log(reader: &mut Reader<'_>) -> LogSettings {
    let levels = [
        ("off", LogLevel::Off),
        ("error", LogLevel::Error),
        ("warn", LogLevel::Warn),
        ("info", LogLevel::Info),
        ("debug", LogLevel::Debug),
    ];
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    LogSettings {
        level: reader.word(&LOG, &levels, LogLevel::Info),
        format: reader.word(&LOG_FORMAT, &formats, LogFormat::Text),
    }
}
