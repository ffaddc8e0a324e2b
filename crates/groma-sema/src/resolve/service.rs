//! The service as a whole: its name, its base, who may call from a browser, what bounds it.

use groma_diag::Span;
use groma_ir::design::{Cors, Setting};
use groma_ir::spelling::{capital, spaced};
use groma_syntax::ast::{self, AstNode};

use super::declared::BODY_LIMIT;
use super::entities::doc;
use super::{Declared, Resolver};
use crate::rules::{bad_setting, cors_any, declared_twice};

/// A larger body is no request.
const MOST_BYTES: u64 = 1 << 30;

impl Resolver<'_> {
    pub(super) fn service(&mut self, declared: &Declared) {
        let mut all = declared.services.iter();
        if let Some(first) = all.next() {
            for other in all {
                let found = declared_twice::declared_twice(other.span(), first.span(), "`service`");
                self.report(found);
            }
            self.map.service = Some(first.clone());
            self.the_service(first);
        }
        let limits = self.design.service.limits.clone();
        if limits.body == BODY_LIMIT && !self.says_body_limit() {
            let text = "A body of more than 256 KB is refused.";
            self.assume("service.limits.body", text, self.design.service.origin);
        }
        if limits.rate.is_none() {
            let text = "How often a caller may call is not limited.";
            self.assume("service.limits.rate", text, self.design.service.origin);
        }
        if self.design.service.cors.is_none() {
            let text = "No other origin may call from a browser.";
            self.assume("service.cors", text, self.design.service.origin);
        }
    }

    fn says_body_limit(&self) -> bool {
        let Some(service) = &self.map.service else {
            return false;
        };
        let mut groups = service.items().filter_map(|item| match item {
            ast::ServiceItem::Group(group) if group.keyword() == "limits" => Some(group),
            _ => None,
        });
        groups.any(|group| group.settings().any(|setting| setting.name() == "body"))
    }

    fn the_service(&mut self, ast: &ast::Service) {
        self.design.service.origin = Some(ast.span());
        self.design.service.doc = doc(ast);
        if let Some(name) = ast.name() {
            self.design.service.name = name.text();
            self.design.service.title = capital(&spaced(&name.text()));
        }
        let mut said: Vec<(String, Span)> = Vec::new();
        for item in ast.items() {
            self.service_item(&item, &mut said);
        }
        if !said.iter().any(|(word, _)| word == "errors") {
            let text = "A body that does not fit is answered by 400.";
            self.assume("service.errors.validation", text, Some(ast.span()));
        }
    }

    fn service_item(&mut self, item: &ast::ServiceItem, said: &mut Vec<(String, Span)>) {
        let word = match item {
            ast::ServiceItem::Text(it) => it.keyword(),
            ast::ServiceItem::Base(_) => String::from("base"),
            ast::ServiceItem::Group(it) => it.keyword(),
            ast::ServiceItem::Denied(_) => return self.unsupported(item.span(), "`denied`"),
            ast::ServiceItem::Json(it) => return self.json_style(it),
            ast::ServiceItem::Page(_) => return self.unsupported(item.span(), "`page` for all lists"),
            ast::ServiceItem::Sort(_) => return self.unsupported(item.span(), "`sort` for all lists"),
            ast::ServiceItem::Shape(_) => return self.unsupported(item.span(), "`as` for all lists"),
            ast::ServiceItem::Operations(_) => {
                return self.unsupported(item.span(), "a habit of all routes of a kind");
            }
        };
        if !self.said(said, &word, item.span()) {
            return;
        }
        match item {
            ast::ServiceItem::Text(it) => self.text_setting(it),
            ast::ServiceItem::Base(it) => self.base(it),
            ast::ServiceItem::Group(it) => match word.as_str() {
                "cors" => self.cors(it),
                "limits" => self.limits(it),
                "database" => self.database(it),
                _ => self.errors(it),
            },
            _ => {}
        }
    }

    /// Whether a word is said for the first time in its block; reports it otherwise.
    pub(super) fn said(&mut self, said: &mut Vec<(String, Span)>, word: &str, span: Span) -> bool {
        // Blocks have a handful of different words, and each is kept once.
        let Some((_, earlier)) = said.iter().find(|(earlier, _)| earlier == word) else {
            said.push((word.to_owned(), span));
            return true;
        };
        let found = crate::rules::said_twice::said_twice(span, *earlier, &format!("`{word}`"));
        self.report(found);
        false
    }

    /// Whether a setting counts: its name could be read, and was not said before.
    pub(super) fn counts(&mut self, said: &mut Vec<(String, Span)>, setting: &ast::Setting) -> bool {
        let is_misspelt = self.is_fault(setting.span());
        !is_misspelt && self.said(said, &setting.name(), setting.span())
    }

    fn json_style(&mut self, ast: &ast::JsonStyle) {
        let is_snake = ast.style().is_none_or(|style| style.is("snake"));
        if !is_snake {
            self.unsupported(ast.span(), "`json camel`");
        }
    }

    fn text_setting(&mut self, ast: &ast::TextSetting) {
        let Some(value) = ast.value() else { return };
        match ast.keyword().as_str() {
            "title" => self.design.service.title = value.value(),
            "description" => self.design.service.doc = Some(value.value()),
            word => self.unsupported(ast.span(), &format!("`{word}` of a service")),
        }
    }

    fn base(&mut self, ast: &ast::Base) {
        let Some(path) = ast.path() else { return };
        let trimmed = path.trim_end_matches('/');
        let fits = trimmed.is_empty()
            || trimmed
                .strip_prefix('/')
                .is_some_and(|rest| rest.split('/').all(is_plain_segment));
        if fits {
            trimmed.clone_into(&mut self.design.service.base);
        } else {
            let wanted = "a path of letters, digits, `-`, `_`, `.` and `~`, such as `/api`";
            self.report(bad_setting::bad_setting(ast.span(), "base", wanted));
        }
    }

    fn cors(&mut self, ast: &ast::SettingGroup) {
        let mut said = Vec::new();
        let mut origins = Vec::new();
        let mut any = None;
        let mut credentials = None;
        for setting in ast.settings() {
            if !self.counts(&mut said, &setting) {
                continue;
            }
            let name = setting.name();
            match name.as_str() {
                "origins" => {
                    for value in setting.values() {
                        match value {
                            ast::Value::Any(it) => any = Some(it.span()),
                            value => origins.extend(self.setting(&value, "origins")),
                        }
                    }
                }
                "credentials" => credentials = Some(setting.span()),
                _ => self.unsupported(setting.span(), &format!("`cors {name}`")),
            }
        }
        if let Some(origin) = origins.iter().find_map(bad_origin) {
            self.report(bad_setting::bad_origin(ast.span(), &origin));
        }
        match (any, credentials) {
            (Some(any), Some(credentials)) => {
                self.report(cors_any::cors_any(any, credentials));
            }
            (Some(any), None) => self.unsupported(any, "every origin (`*`)"),
            (None, _) => {}
        }
        self.design.service.cors = Some(Cors {
            origins,
            credentials: credentials.is_some(),
            origin: ast.span(),
        });
    }

    fn limits(&mut self, ast: &ast::SettingGroup) {
        let mut said = Vec::new();
        for setting in ast.settings() {
            if !self.counts(&mut said, &setting) {
                continue;
            }
            let name = setting.name();
            match (name.as_str(), setting.value()) {
                ("body", Some(ast::Value::Size(size))) => self.body_limit(&size),
                ("rate", Some(ast::Value::Rate(rate))) => {
                    self.design.service.limits.rate = self.rate(&rate, "rate");
                }
                ("body", Some(value)) => {
                    let found = bad_setting::bad_setting(value.span(), "body", "a size such as `256KB`");
                    self.report(found);
                }
                (_, Some(value)) => {
                    let found =
                        bad_setting::bad_setting(value.span(), "rate", "a rate such as `120/min per caller`");
                    self.report(found);
                }
                (_, None) => {
                    let found = bad_setting::bad_setting(setting.span(), &name, "a value");
                    self.report(found);
                }
            }
        }
    }

    fn body_limit(&mut self, size: &ast::Size) {
        if let Some(bytes @ 1..=MOST_BYTES) = size.bytes() {
            self.design.service.limits.body = bytes;
        } else {
            self.report(bad_setting::bad_setting(
                size.span(),
                "body",
                "a size from 1B to 1GB",
            ));
        }
    }

    fn errors(&mut self, ast: &ast::SettingGroup) {
        let mut said = Vec::new();
        for setting in ast.settings() {
            if !self.counts(&mut said, &setting) {
                continue;
            }
            let name = setting.name();
            if name != "validation" {
                self.unsupported(setting.span(), &format!("`errors {name}`"));
                continue;
            }
            let status = match setting.value() {
                Some(ast::Value::Number(number)) => number.as_integer(),
                _ => None,
            };
            match status {
                Some(400) => self.design.service.validation_status = 400,
                Some(422) => self.design.service.validation_status = 422,
                _ => {
                    let found = bad_setting::bad_setting(setting.span(), "validation", "400 or 422");
                    self.report(found);
                }
            }
        }
    }

    fn database(&mut self, ast: &ast::SettingGroup) {
        let mut said = Vec::new();
        for setting in ast.settings() {
            if !self.counts(&mut said, &setting) {
                continue;
            }
            match setting.value() {
                Some(ast::Value::String(text)) if is_role(&text.value()) => {
                    self.design.service.row_security = Some(text.value());
                }
                _ => {
                    let wanted = "the name of a role of the database in quotes, such as `\"tracker_app\"`: small \
                                  letters, digits and `_`, no `pg_` in front";
                    self.report(bad_setting::bad_setting(setting.span(), "row_security", wanted));
                }
            }
        }
    }

    /// A value that the design gives or the environment does.
    pub(super) fn setting(&mut self, value: &ast::Value, name: &str) -> Option<Setting> {
        match value {
            ast::Value::Env(env) => {
                let variable = env.name()?;
                let text = variable.text();
                let fits = text
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
                if !fits {
                    let wanted = "an environment variable in capitals, such as `AUTH_ISSUER`";
                    self.report(bad_setting::bad_setting(variable.span(), name, wanted));
                }
                Some(Setting::Env(text))
            }
            ast::Value::String(text) => Some(Setting::Value(text.value())),
            _ => {
                let wanted = "a text in quotes, or `env NAME`";
                self.report(bad_setting::bad_setting(value.span(), name, wanted));
                None
            }
        }
    }
}

/// A name that a role of Postgres can have, and that Postgres does not keep for itself.
fn is_role(name: &str) -> bool {
    const KEPT: [&str; 4] = ["public", "none", "current_user", "session_user"];
    (1..=60).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !name.starts_with("pg_")
        && !KEPT.contains(&name)
}

/// A segment of a path that needs no escapes.
pub(super) fn is_plain_segment(segment: &str) -> bool {
    !segment.is_empty()
        && segment != "."
        && segment != ".."
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
}

/// An origin that no browser would ever send.
fn bad_origin(setting: &Setting) -> Option<String> {
    let Setting::Value(text) = setting else {
        return None;
    };
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let fits = rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['/', '?', '#', ' ', '*']));
    (!fits).then(|| text.clone())
}
