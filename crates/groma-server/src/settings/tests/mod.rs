use std::path::Path;

use expect_test::{Expect, expect};
use groma_ir::Model;

use super::{Environment, Keys, Mode, Report, Settings};

fn environment(pairs: &[(&str, &str)]) -> Environment {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Environment::new(pairs, None).unwrap()
}

fn model() -> Model {
    groma_ir::sample::tasks()
}

fn resolve(pairs: &[(&str, &str)]) -> Settings {
    Settings::resolve(&model().design, &environment(pairs), Path::new("/srv")).unwrap()
}

fn check_mistakes(pairs: &[(&str, &str)], expect: &Expect) {
    let error = Settings::resolve(&model().design, &environment(pairs), Path::new("/srv")).unwrap_err();
    expect.assert_eq(&error.to_string());
}

const PRODUCTION: [(&str, &str); 3] = [
    ("GROMA_ENV", "production"),
    ("DATABASE_URL", "sqlite:data/tasks.db"),
    ("BETTER_AUTH_URL", "https://auth.example.com/"),
];

#[test]
fn development_needs_nothing() {
    let settings = resolve(&[]);
    assert_eq!(settings.mode, Mode::Development);
    assert_eq!((settings.host.as_str(), settings.port), ("127.0.0.1", 8000));
    assert_eq!(settings.database.file().unwrap(), Path::new("/srv/.groma/dev.db"));
    assert_eq!(settings.cors.unwrap().origins, ["http://localhost:3000"]);
    let auth = settings.auth.unwrap();
    assert!(auth.is_development());
    let request = auth.token_request("ann");
    assert_eq!(request.issuer, auth.issuer);
    assert_eq!(request.audience.as_ref(), auth.audience.first());
}

#[test]
fn the_issuer_of_production_brings_no_keys_while_developing() {
    let auth = resolve(&[("BETTER_AUTH_URL", "https://auth.example.com")])
        .auth
        .unwrap();
    assert!(auth.is_development());
    assert_eq!(auth.issuer.as_deref(), Some("https://auth.example.com"));
}

#[test]
fn production_takes_the_keys_from_the_issuer() {
    let settings = resolve(&PRODUCTION);
    assert_eq!(settings.database.file().unwrap(), Path::new("/srv/data/tasks.db"));
    let auth = settings.auth.unwrap();
    assert!(matches!(auth.keys, Keys::Url(url) if url == "https://auth.example.com/api/auth/jwks"));
    assert_eq!(auth.issuer.as_deref(), Some("https://auth.example.com/"));
    assert_eq!(auth.audience, ["https://auth.example.com/"]);
}

#[test]
fn production_names_all_that_is_missing_at_once() {
    check_mistakes(
        &[
            ("GROMA_ENV", "production"),
            ("PORT", "eighty"),
            ("LOG", "loud"),
            ("RATE_LIMIT", "many"),
            ("DOCS", "maybe"),
        ],
        &expect![[r#"
            the settings for production are not complete:
              - `PORT` cannot be used: it is not a number that fits
              - `DATABASE_URL` is not set
              - `BETTER_AUTH_URL` is not set
              - `RATE_LIMIT` cannot be used: it is not of the form `120/min` (or /s, /h), or `off`
              - `LOG` cannot be used: it is not one of `off`, `error`, `warn`, `info`, `debug`
              - `DOCS` cannot be used: it is not one of `on`, `off`
            set them in the environment or in `.env`; `groma env` lists every variable"#]],
    );
}

#[test]
fn a_mode_that_is_misspelt_is_never_development() {
    check_mistakes(
        &[
            ("GROMA_ENV", "prod"),
            ("DATABASE_URL", "a.db"),
            ("BETTER_AUTH_URL", "https://a.example"),
        ],
        &expect![[r#"
            the settings for production are not complete:
              - `GROMA_ENV` cannot be used: it is not one of `development`, `production`
            set them in the environment or in `.env`; `groma env` lists every variable"#]],
    );
}

#[test]
fn databases_that_this_server_has_not_are_refused() {
    for (url, why) in [
        (
            "postgres://u:secret@db/x?sslmode=maybe",
            "its parameter `sslmode` must be",
        ),
        (
            "postgres://u:secret@db/x?schema=y",
            "its parameter `schema` is not known",
        ),
        ("mysql://u:secret@h/x", "its scheme `mysql` is not known"),
        ("secret:x", "its scheme is not known"),
        ("sqlite:", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite::memory:", "one connection only"),
        ("sqlite:a.db?mode=ro", "has parameters"),
        (
            "postgresql+asyncpg://u:secret@h/db",
            "names a driver of another language; leave it out: `postgresql://`",
        ),
        ("postgresql://u:a@b?secret=1@h/db", "in the password is written"),
        ("postgresql://u:p@5/secret@h", "in the password is written"),
        ("postgresql//u:secret@h/db", "address of a server"),
        ("host=h password=secret", "address of a server"),
    ] {
        let pairs = environment(&[("DATABASE_URL", url)]);
        let error = Settings::resolve(&model().design, &pairs, Path::new("/srv"))
            .unwrap_err()
            .to_string();
        assert!(error.contains(why) && !error.contains("secret"), "{url}: {error}");
    }
    for (url, file) in [
        // As SQLAlchemy reads them, and with them a generated project.
        ("sqlite:///a.db", "/srv/a.db"),
        ("sqlite:////var/a.db", "/var/a.db"),
        ("sqlite://a.db", "/srv/a.db"),
        ("sqlite:/var/a.db", "/var/a.db"),
        ("file:///var/a.db", "/var/a.db"),
        ("a.db", "/srv/a.db"),
        ("sqlite:me@home/a=b.db", "/srv/me@home/a=b.db"),
    ] {
        assert_eq!(
            resolve(&[("DATABASE_URL", url)]).database.file().unwrap(),
            Path::new(file)
        );
    }
}

#[test]
fn keys_may_come_from_elsewhere_and_then_the_issuer_is_needed() {
    check_mistakes(
        &[("AUTH_JWKS_FILE", "keys.json")],
        &expect![[r#"
            the settings are not complete:
              - `BETTER_AUTH_URL` is not set
            set them in the environment or in `.env`; `groma env` lists every variable"#]],
    );
    let settings = resolve(&[
        ("AUTH_JWKS_FILE", "keys.json"),
        ("BETTER_AUTH_URL", "https://a.example"),
    ]);
    assert!(matches!(settings.auth.unwrap().keys, Keys::File(file) if file == Path::new("/srv/keys.json")));
}

#[test]
fn a_dot_env_file_stands_behind_the_environment() {
    let text =
        "# settings\nexport PORT=9000\nHOST = '0.0.0.0' # all\nLOG=\"warn\"\nEMPTY=\n\nDOCS=off # no docs\n";
    let process = [("PORT".to_owned(), "9001".to_owned())];
    let environment = Environment::new(process, Some(text)).unwrap();
    let got = ["PORT", "HOST", "LOG", "EMPTY", "DOCS"].map(|name| environment.get(name));
    assert_eq!(
        got,
        [Some("9001"), Some("0.0.0.0"), Some("warn"), None, Some("off")]
    );
}

#[test]
fn a_broken_line_is_named_and_not_shown() {
    for (text, line) in [
        ("A=1\nsecret word", 2),
        ("A='x", 1),
        ("A=\"x\" y", 1),
        ("1A=x", 1),
        ("=x", 1),
    ] {
        let error = Environment::new([], Some(text)).unwrap_err();
        assert_eq!(error.line, line, "{text}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn quotes_keep_what_is_inside() {
    let text = r##"A="a # b\n\"c\"" # d
B='x\n'
C=a#b"##;
    let environment = Environment::new([], Some(text)).unwrap();
    assert_eq!(environment.get("A"), Some("a # b\n\"c\""));
    assert_eq!(environment.get("B"), Some("x\\n"));
    assert_eq!(environment.get("C"), Some("a#b"));
}

#[test]
fn the_report_lists_everything_and_says_what_is_missing() {
    let pairs = [
        ("GROMA_ENV", "production"),
        ("PORT", "80"),
        ("DATABASE_URL", "x://user:pw@host"),
    ];
    let report = Report::new(&model().design, &environment(&pairs));
    assert!(!report.is_complete());
    expect![[r#"
        GROMA_ENV             production
                                `development` or `production`
        HOST                  127.0.0.1  (default)
                                address to listen on; `0.0.0.0` for every network
        PORT                  80
                                port to listen on; `0` takes a free one
        DATABASE_URL          (hidden)
                                the database: `postgresql://USER:PASSWORD@HOST/DATABASE`, or a file of SQLite, as `sqlite:PATH` or `sqlite:///PATH` [required in production]
        DATABASE_READ_URL     -
                                a copy of the Postgres database that GET and HEAD go to; what was just written may not be there yet
        DATABASE_CONNECTIONS  -
                                connections that this process has to a Postgres database at most; four a core, from 16 to 32, unless told
        AUTH_JWKS_URL         -
                                fetch the issuer's keys here instead of where the design says, also while developing
        AUTH_JWKS_FILE        -
                                read the issuer's keys from this file instead of where the design says, also while developing
        AUTH_INSECURE_HTTP    off  (default)
                                `on` fetches the issuer's keys by plain http from another machine; whoever is on the wire chooses them
        RATE_LIMIT            -
                                requests of one caller, as `120/min` (s, min, h) instead of what the design says, or `off`: no limit, of no route either
        TRUSTED_PROXIES       -
                                proxies whose `X-Forwarded-For` is believed, as addresses or networks separated by commas
        MAX_CONNECTIONS       4096  (default)
                                connections served at once; for one more, one that rests is closed
        DOCS                  on  (default)
                                `on` or `off`: whether `/docs` and `/openapi.json` are answered
        LOG                   info  (default)
                                `off`, `error`, `warn`, `info` or `debug`
        LOG_FORMAT            text  (default)
                                `text` or `json`
        BETTER_AUTH_URL       MISSING
                                the issuer of the tokens (`iss`); an audience that tokens may be for (`aud`) [required in production]
    "#]].assert_eq(&report.to_string());
    assert!(Report::new(&model().design, &environment(&PRODUCTION)).is_complete());
    assert!(Report::new(&model().design, &environment(&[])).is_complete());
}

#[test]
fn a_shared_secret_is_never_shown() {
    let mut model = model();
    let auth = model.design.auth.as_mut().unwrap();
    auth.jwks = groma_ir::design::Jwks::Secret(groma_ir::design::Setting::Env("JWT_SECRET".to_owned()));
    let environment = environment(&[("JWT_SECRET", "correct horse battery staple, and more")]);
    let report = Report::new(&model.design, &environment).to_string();
    assert!(
        report.contains("JWT_SECRET") && !report.contains("horse"),
        "{report}"
    );
    assert!(!format!("{environment:?}").contains("horse"));
}

#[test]
fn origins_are_exact() {
    for (origin, ok) in [
        ("https://app.example.com", true),
        ("http://localhost:3000", true),
        ("http://[::1]:3000", true),
        ("*", false),
        ("app.example.com", false),
        ("https://app.example.com/", false),
        ("https://app.example.com/path", false),
        ("https://app.example.com:443", false),
        ("https://App.example.com", false),
        ("https://user@app.example.com", false),
        ("ftp://app.example.com", false),
        ("https://", false),
    ] {
        assert_eq!(super::origin::exact(origin).is_ok(), ok, "{origin}");
    }
}

#[test]
fn networks_hold_their_addresses() {
    for (network, address, is_in) in [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("10.0.0.7", "10.0.0.7", true),
        ("10.0.0.7", "10.0.0.8", false),
        ("0.0.0.0/0", "1.2.3.4", true),
        ("0.0.0.0/0", "::1", false),
        ("::/0", "::1", true),
        ("fd00::/8", "fd12::1", true),
        ("10.0.0.0/8", "::ffff:10.0.0.1", true),
    ] {
        let network: super::Network = network.parse().unwrap();
        assert_eq!(
            network.contains(address.parse().unwrap()),
            is_in,
            "{network:?} {address}"
        );
    }
    for wrong in ["", "10.0.0.0/33", "10.0.0.0/", "proxy", "::/129", "10.0.0.0/-1"] {
        assert!(wrong.parse::<super::Network>().is_err(), "{wrong}");
    }
    check_mistakes(
        &[("TRUSTED_PROXIES", "10.0.0.0/8, my-proxy")],
        &expect![[r#"
            the settings are not complete:
              - `TRUSTED_PROXIES` cannot be used: `my-proxy` is neither an address nor a network, as `10.0.0.7` or `10.0.0.0/8`
            set them in the environment or in `.env`; `groma env` lists every variable"#]],
    );
}
