//! The service and how callers are known.

use super::clauses::{Page, Shape, Sort};
use super::data::{Levels, Type};
use super::names::{Name, Path, Route, StringLit};
use super::node::{node_enum, nodes};
use super::routes::Operations;
use super::term::{Duration, Hole, Number, Size};
use crate::kind::SyntaxKind;

nodes! {
    /// `service Tasks { .. }`.
    Service = SERVICE;
    /// `title "..."`, `version "..."`, `description "..."`.
    TextSetting = TEXT_SETTING;
    /// `base /api`.
    Base = BASE;
    /// `cors ..`, `limits ..`, `errors ..`: settings by name.
    SettingGroup = SETTING_GROUP;
    /// A name and its values: `body 256KB`, `issuer env AUTH_ISSUER`.
    Setting = SETTING;
    /// `denied 404 when unreadable`.
    Denied = DENIED;
    /// `json camel`.
    JsonStyle = JSON_STYLE;
    /// `env NAME`.
    Env = ENV;
    /// `120/min per caller`.
    Rate = RATE;
    /// `*`.
    Any = ANY;
    /// `auth { .. }`.
    Auth = AUTH;
    /// `caller User from claim sub`.
    CallerClause = CALLER_CLAUSE;
    /// `roles user < admin from claim role default user`.
    Roles = ROLES;
    /// `claims verified: bool from claim emailVerified`.
    Claims = CLAIMS;
    /// One claim that rules can read as `caller.name`.
    Claim = CLAIM;
    /// `from claim role`, `from column role`.
    Origin = ORIGIN;
}

node_enum! {
    /// One line of a service.
    ServiceItem {
        /// `title`, `version`, `description`.
        Text(TextSetting),
        /// `base`.
        Base(Base),
        /// `cors`, `limits`, `errors`.
        Group(SettingGroup),
        /// `denied`.
        Denied(Denied),
        /// `json`.
        Json(JsonStyle),
        /// `page`: the habit of every list.
        Page(Page),
        /// `sort`: the parameter names of every list.
        Sort(Sort),
        /// `as`: the shape of every list.
        Shape(Shape),
        /// `create { status 200 }`: the habit of every such route.
        Operations(Operations),
    }
}

node_enum! {
    /// One value of a setting.
    Value {
        /// `env NAME`.
        Env(Env),
        /// `"text"`.
        String(StringLit),
        /// `400`.
        Number(Number),
        /// `60s`.
        Duration(Duration),
        /// `256KB`.
        Size(Size),
        /// `120/min per caller`.
        Rate(Rate),
        /// A word: `detail`, `EdDSA`.
        Word(Name),
        /// `/api`.
        Route(Route),
        /// `*`.
        Any(Any),
        /// `TBD(400)`.
        Hole(Hole),
    }
}

node_enum! {
    /// One line of `auth`; several may stand on one line of the text.
    AuthItem {
        /// `issuer`, `jwks`, `algorithms`, `audience`, `secret`, `leeway` and such.
        Setting(Setting),
        /// `caller ..`.
        Caller(CallerClause),
        /// `roles ..`.
        Roles(Roles),
        /// `claims ..`.
        Claims(Claims),
    }
}

impl Service {
    /// Its name.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// Its lines.
    pub fn items(&self) -> impl Iterator<Item = ServiceItem> + use<> {
        self.0.children()
    }
}

impl TextSetting {
    /// The word before it.
    pub fn keyword(&self) -> String {
        self.0
            .first_keyword()
            .map_or_else(String::new, |token| token.text().to_owned())
    }

    /// The text.
    pub fn value(&self) -> Option<StringLit> {
        self.0.child()
    }
}

impl Base {
    /// The path as it stands or as quoted.
    pub fn path(&self) -> Option<String> {
        let route = self.0.child::<Route>().map(|route| route.text());
        route.or_else(|| self.0.child::<StringLit>().map(|text| text.value()))
    }
}

impl SettingGroup {
    /// `cors`, `limits` or `errors`.
    pub fn keyword(&self) -> String {
        self.0
            .first_keyword()
            .map_or_else(String::new, |token| token.text().to_owned())
    }

    /// The settings in it.
    pub fn settings(&self) -> impl Iterator<Item = Setting> + use<> {
        self.0.children()
    }
}

impl Setting {
    /// The name; the parser has checked that there is such a setting.
    pub fn name(&self) -> String {
        self.0
            .first_keyword()
            .map_or_else(String::new, |token| token.text().to_owned())
    }

    /// The values behind it.
    pub fn values(&self) -> impl Iterator<Item = Value> + use<> {
        self.0.children()
    }

    /// The first value.
    pub fn value(&self) -> Option<Value> {
        self.0.child()
    }
}

impl Denied {
    /// The status.
    pub fn status(&self) -> Option<Number> {
        self.0.child()
    }

    /// Whether only rows that the caller may not read are meant.
    pub fn when_unreadable(&self) -> bool {
        self.0.has_keyword("unreadable")
    }
}

impl JsonStyle {
    /// `camel` or `snake`.
    pub fn style(&self) -> Option<Name> {
        self.0.child()
    }
}

impl Env {
    /// The name of the variable.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }
}

impl Rate {
    /// How many.
    pub fn count(&self) -> Option<Number> {
        self.0.child()
    }

    /// In what time: `s`, `min`, `h`, `day`.
    pub fn unit(&self) -> Option<Name> {
        self.0.child()
    }

    /// For whom each: `caller`, `address`.
    pub fn per(&self) -> Option<Path> {
        self.0.child()
    }
}

impl Auth {
    /// Its lines.
    pub fn items(&self) -> impl Iterator<Item = AuthItem> + use<> {
        self.0.children()
    }
}

impl CallerClause {
    /// The entity whose row the caller is.
    pub fn entity(&self) -> Option<Path> {
        self.0.child()
    }

    /// Where its key comes from.
    pub fn origin(&self) -> Option<Origin> {
        self.0.child()
    }

    /// Whether the first request of an unknown caller makes the row.
    pub fn creates_on_first_use(&self) -> bool {
        self.0.has_keyword("create")
    }
}

impl Roles {
    /// The roles, the weakest first.
    pub fn levels(&self) -> Option<Levels> {
        self.0.child()
    }

    /// Where the caller's role comes from.
    pub fn origin(&self) -> Option<Origin> {
        self.0.child()
    }

    /// The role of a caller who has none.
    pub fn default(&self) -> Option<Name> {
        self.0.after("default")
    }
}

impl Claims {
    /// The claims.
    pub fn claims(&self) -> impl Iterator<Item = Claim> + use<> {
        self.0.children()
    }
}

impl Claim {
    /// Its name in the design.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// Its type.
    pub fn ty(&self) -> Option<Type> {
        self.0.child()
    }

    /// Where it comes from.
    pub fn origin(&self) -> Option<Origin> {
        self.0.child()
    }
}

/// Where a fact about the caller comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OriginKind {
    /// A claim of the token.
    Claim,
    /// A column of the caller's row.
    Column,
}

impl Origin {
    /// Which of the two.
    pub fn kind(&self) -> OriginKind {
        if self.0.has_keyword("column") {
            OriginKind::Column
        } else {
            OriginKind::Claim
        }
    }

    /// The claim or column: a path as it stands, or a quoted name.
    pub fn name(&self) -> Option<String> {
        let path = self.0.child::<Path>().map(|path| path.text());
        path.or_else(|| self.0.child::<StringLit>().map(|text| text.value()))
    }

    /// Whether the name was quoted, so that a dot in it is no path.
    pub fn is_quoted(&self) -> bool {
        self.0
            .syntax
            .children()
            .any(|child| child.kind() == SyntaxKind::STRING_TERM)
    }
}
