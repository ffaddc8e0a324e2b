//! What holds for every route: limits, origins, tokens.

use groma_ir::Model;
use groma_ir::design::{Auth, Cors, Jwks, Limits, Per, Rate, Setting};

use super::{Log, only_in};

pub(super) fn compare(old: &Model, new: &Model, log: &mut Log) {
    limits(&old.design.service.limits, &new.design.service.limits, log);
    cors(
        old.design.service.cors.as_ref(),
        new.design.service.cors.as_ref(),
        log,
    );
    match (&old.design.auth, &new.design.auth) {
        (Some(was), Some(is)) => {
            auth(was, is, log);
            let name = |model: &Model, auth: &Auth| model.design.entities[auth.caller].name.clone();
            let (was, is) = (name(old, was), name(new, is));
            if was != is {
                log.breaking(format!("callers are rows of `{is}`, not of `{was}`"));
            }
        }
        (Some(_), None) => log.breaking("tokens are not looked at"),
        (None, Some(_)) => log.compatible("tokens are looked at"),
        (None, None) => {}
    }
}

fn limits(old: &Limits, new: &Limits, log: &mut Log) {
    let (was, is) = (old.body, new.body);
    let text = format!("a body is {is} bytes at most, not {was}");
    match is.cmp(&was) {
        std::cmp::Ordering::Less => log.breaking(text),
        std::cmp::Ordering::Greater => log.compatible(text),
        std::cmp::Ordering::Equal => {}
    }
    rates((old.rate, new.rate), "call", log);
}

/// How often each may do something: `call`, `call it`.
pub(super) fn rates((old, new): (Option<Rate>, Option<Rate>), what: &str, log: &mut Log) {
    let who = |rate: Rate| match rate.per {
        Per::Caller => "a caller",
        Per::Address => "an address",
    };
    let times = |rate: Rate| format!("{} times in {} s", rate.requests, rate.window);
    match (old, new) {
        (was, is) if was == is => {}
        (_, None) => log.compatible(format!("a caller may {what} as often as it likes")),
        (None, Some(is)) => log.breaking(format!("{} may {what} {}", who(is), times(is))),
        (Some(was), Some(is)) => {
            let before = if was.per == is.per {
                times(was)
            } else {
                format!("{} {}", who(was), times(was))
            };
            let text = format!("{} may {what} {}, not {before}", who(is), times(is));
            // More at once and more in the long run for the same ones; anything else may be too little for somebody.
            let more = was.per == is.per
                && is.requests >= was.requests
                && u64::from(is.requests) * u64::from(was.window)
                    >= u64::from(was.requests) * u64::from(is.window);
            if more {
                log.compatible(text);
            } else {
                log.breaking(text);
            }
        }
    }
}

fn cors(old: Option<&Cors>, new: Option<&Cors>, log: &mut Log) {
    let origins = |cors: Option<&Cors>| -> Vec<String> {
        let origins = cors.map_or(&[][..], |cors| cors.origins.as_slice());
        origins.iter().map(setting).collect()
    };
    let (was, is) = (origins(old), origins(new));
    let (gone, added) = only_in(&was, &is);
    for origin in gone {
        log.breaking(format!("browsers may not call from {origin}"));
    }
    for origin in added {
        log.compatible(format!("browsers may call from {origin}"));
    }
    let credentials = |cors: Option<&Cors>| cors.is_some_and(|cors| cors.credentials);
    match (credentials(old), credentials(new)) {
        (true, false) if new.is_some() => log.breaking("browsers may not send credentials"),
        (false, true) => log.compatible("browsers may send credentials"),
        _ => {}
    }
}

fn auth(old: &Auth, new: &Auth, log: &mut Log) {
    let all = |settings: &[Setting]| -> Vec<String> { settings.iter().map(setting).collect() };
    let mut other = |what: &str, was: &str, is: &str| {
        if was != is {
            log.breaking(format!("{what} is {is}, not {was}"));
        }
    };
    let absent = || String::from("left open");
    let issuer = |auth: &Auth| auth.issuer.as_ref().map_or_else(absent, setting);
    other("the issuer of tokens", &issuer(old), &issuer(new));
    other("the source of keys", &keys(&old.jwks), &keys(&new.jwks));
    other(
        "the claim that names the caller",
        &format!("`{}`", old.caller_claim),
        &format!("`{}`", new.caller_claim),
    );
    let roles = |auth: &Auth| {
        auth.role_claim
            .as_ref()
            .map_or_else(absent, |claim| format!("`{claim}`"))
    };
    other("the claim that holds roles", &roles(old), &roles(new));
    let names = |auth: &Auth| -> Vec<String> {
        let algorithms = auth.algorithms.iter();
        algorithms.map(|algorithm| algorithm.name().to_owned()).collect()
    };
    let (was, is) = (names(old), names(new));
    let (gone, added) = only_in(&was, &is);
    for name in gone {
        log.breaking(format!("tokens signed by {name} are refused"));
    }
    for name in added {
        log.compatible(format!("tokens signed by {name} are taken"));
    }
    let (was, is) = (all(&old.audience), all(&new.audience));
    let (gone, added) = only_in(&was, &is);
    if was.is_empty() && !is.is_empty() {
        log.breaking(format!("tokens must be for {}", is.join(" or ")));
    } else if is.is_empty() && !was.is_empty() {
        log.compatible("tokens may be for anybody");
    } else {
        for audience in gone {
            log.breaking(format!("tokens for {audience} are refused"));
        }
        for audience in added {
            log.compatible(format!("tokens for {audience} are taken"));
        }
    }
}

fn keys(jwks: &Jwks) -> String {
    match jwks {
        Jwks::IssuerPath(path) => format!("`{path}` of the issuer"),
        Jwks::At(of) => setting(of),
        Jwks::Secret(of) => format!("the secret in {}", setting(of)),
    }
}

fn setting(setting: &Setting) -> String {
    match setting {
        Setting::Env(name) => format!("`env {name}`"),
        Setting::Value(value) => format!("`{value}`"),
    }
}
