//! Random designs, as text: entities that refer to each other, and rules about them.
//!
//! A draft keeps its rules apart, so that one which shows a disagreement can be made smaller.

mod rules;

use std::fmt::Write as _;

use super::rng::Rng;
use rules::Rules;

const NAMES: [&str; 4] = ["Apple", "Berry", "Cedar", "Delta"];
pub(super) const DATES: [&str; 3] = ["2026-01-01", "2026-02-01", "2026-03-01"];

/// A field of a draft.
#[derive(Clone, Debug)]
struct Field {
    name: String,
    kind: Kind,
    optional: bool,
    writable: bool,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Text,
    Int,
    Float,
    Bool,
    Stage,
    Date,
    Time,
    User,
    /// A row of the entity of this number.
    Row(usize),
}

/// An entity of a draft, with its rules.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    name: &'static str,
    fields: Vec<Field>,
    action: String,
    public: bool,
    /// Whether an update may write a user.
    hands_over: bool,
    pub(super) rules: Vec<String>,
}

/// A design that is not compiled yet.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    user: &'static str,
    pub(super) entities: Vec<Entity>,
}

impl Draft {
    pub(super) fn random(rng: &mut Rng) -> Self {
        let user = *rng.pick(&[
            "entity User external table \"user\" { id: text(1..64) key; name: text(1..20) }\n",
            "entity User external { id: text(1..64) key }\n",
            "entity User { id: text(1..64) key; name: text(1..20) }\n",
            "entity User { id: text(1..64) key; name: text(1..20) }\naccess User { allow read to authenticated }\n",
        ]);
        let mut entities: Vec<Entity> = Vec::new();
        for at in 0..2 + rng.below(3) {
            let entity = entity(rng, at);
            entities.push(entity);
        }
        let mut draft = Self { user, entities };
        for at in 0..draft.entities.len() {
            let rules = Rules { draft: &draft, at }.random(rng);
            draft.entities[at].rules = rules;
        }
        draft
    }

    pub(super) fn text(&self) -> String {
        let mut out = String::from(HEAD);
        out.push_str(self.user);
        for entity in &self.entities {
            entity.write(&mut out);
        }
        out
    }
}

const HEAD: &str = r#"service Fuzz { base /api }
auth {
  issuer "https://id.example" jwks "/keys" algorithms EdDSA
  audience "https://id.example"
  caller User from claim sub
  claims verified: bool from claim verified, level: int from claim level, team: text from claim team
  roles user < editor < admin from claim role default user
}
enum Stage { a, b, c }
"#;

fn entity(rng: &mut Rng, at: usize) -> Entity {
    let field = |name: &str, kind, optional, writable| Field {
        name: name.to_owned(),
        kind,
        optional,
        writable,
    };
    let mut fields = vec![field("name", Kind::Text, false, true)];
    if rng.chance(80) {
        fields.push(field("owner", Kind::User, false, false));
    }
    if rng.chance(50) {
        fields.push(field("helper", Kind::User, true, true));
    }
    for (name, kind) in [
        ("num", Kind::Int),
        ("ratio", Kind::Float),
        ("flag", Kind::Bool),
        ("stage", Kind::Stage),
        ("day", Kind::Date),
        ("time", Kind::Time),
    ] {
        if rng.chance(45) {
            let optional = rng.chance(50) || matches!(kind, Kind::Date | Kind::Time);
            fields.push(field(name, kind, optional, true));
        }
    }
    for (to, name) in NAMES.iter().enumerate().take(at) {
        if rng.chance(65) {
            let name = name.to_lowercase();
            fields.push(field(&name, Kind::Row(to), rng.chance(60), true));
        }
    }
    if rng.chance(25) {
        fields.push(field("parent", Kind::Row(at), true, true));
    }
    Entity {
        name: NAMES[at],
        action: action(rng, &fields),
        fields,
        public: rng.chance(30),
        hands_over: rng.chance(20),
        rules: Vec::new(),
    }
}

fn action(rng: &mut Rng, fields: &[Field]) -> String {
    let sets: Vec<String> = fields
        .iter()
        .filter(|field| field.writable)
        .filter_map(|field| match field.kind {
            Kind::Text => Some("set name = \"acted\"".to_owned()),
            Kind::Int => Some("set num = 2".to_owned()),
            Kind::Bool if !field.optional => Some("set flag = not flag".to_owned()),
            Kind::Stage => Some("set stage = b".to_owned()),
            Kind::Date | Kind::Row(_) if field.optional => Some(format!("set {} = none", field.name)),
            Kind::Time => Some("set time = now".to_owned()),
            Kind::User => Some(format!("set {} = caller", field.name)),
            _ => None,
        })
        .collect();
    rng.some(&sets, 1, 2).join("; ")
}

impl Field {
    fn write(&self, out: &mut String) {
        let mark = if self.optional { "?" } else { "" };
        let default = |text: &'static str| if self.optional { "" } else { text };
        let rest = match self.kind {
            Kind::Text => "text(1..20)".to_owned(),
            Kind::Int => format!("int(0..9){mark}{}", default(" = 3")),
            Kind::Float => format!("float{mark}{}", default(" = 1.5")),
            Kind::Bool => format!("bool{mark}{}", default(" = false")),
            Kind::Stage => format!("Stage{mark}{}", default(" = b")),
            Kind::Date => format!("date{mark}"),
            Kind::Time => format!("datetime{mark}"),
            Kind::User if self.writable => "User? on delete set null".to_owned(),
            Kind::User => "User = caller readonly on delete cascade".to_owned(),
            Kind::Row(to) if self.optional => format!("{}? on delete set null", NAMES[to]),
            Kind::Row(to) => format!("{} on delete cascade", NAMES[to]),
        };
        writeln!(out, "  {}: {rest}", self.name).unwrap();
    }
}

impl Entity {
    fn write(&self, out: &mut String) {
        writeln!(out, "entity {} {{\n  id: uuid key", self.name).unwrap();
        self.fields.iter().for_each(|field| field.write(out));
        writeln!(out, "}}\naccess {} {{", self.name).unwrap();
        for rule in &self.rules {
            writeln!(out, "  {rule}").unwrap();
        }
        out.push_str("}\n");
        self.resource(out);
    }

    fn resource(&self, out: &mut String) {
        let names = |is_so: &dyn Fn(&Field) -> bool| {
            let fields = self.fields.iter().filter(|field| is_so(field));
            fields
                .map(|field| field.name.clone())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let accept = names(&|field| field.writable);
        let change = names(&|field| field.writable && (self.hands_over || field.kind != Kind::User));
        let sort = names(&|field| !matches!(field.kind, Kind::User | Kind::Row(_) | Kind::Bool));
        let include = names(&|field| matches!(field.kind, Kind::Row(_)));
        let include = if include.is_empty() {
            String::new()
        } else {
            format!("include {include}")
        };
        let public = if self.public { " public" } else { "" };
        let path = self.name.to_lowercase();
        writeln!(
            out,
            "resource /{path} for {} {{
  list{public} {{ filter name; sort {sort}; {include}; page 5 max 100 }}
  create {{ accept {accept} }}
  read{public} {{ {include} }}
  update {{ accept {change} }}
  replace {{ accept {change} }}
  delete
  action act {{ {} }}
  report stats{public} {{ total: count }}
}}",
            self.name, self.action
        )
        .unwrap();
    }
}
