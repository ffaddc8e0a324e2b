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
    /// Whether its rows are shared with people.
    shared: bool,
    /// Whether it is a tenant, or stands in the first entity.
    tenancy: Tenancy,
    /// Whether an update may write a user.
    hands_over: bool,
    pub(super) rules: Vec<String>,
}

/// What an entity has to do with tenants.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Tenancy {
    Free,
    Tenant,
    Inside,
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
        let has_tenant = rng.chance(35);
        for at in 0..2 + rng.below(3) {
            let tenancy = match at {
                0 if has_tenant => Tenancy::Tenant,
                _ if has_tenant && rng.chance(70) => Tenancy::Inside,
                _ => Tenancy::Free,
            };
            let entity = entity(rng, at, tenancy);
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

fn entity(rng: &mut Rng, at: usize, tenancy: Tenancy) -> Entity {
    let field = |name: &str, kind, optional, writable| Field {
        name: name.to_owned(),
        kind,
        optional,
        writable,
    };
    let public = rng.chance(40);
    let mut fields = vec![field("name", Kind::Text, false, true)];
    if rng.chance(80) {
        // Without a token there is nobody to be the author.
        fields.push(field("author", Kind::User, public, false));
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
        // The tenant is a field of its own.
        let is_tenant = to == 0 && tenancy == Tenancy::Inside;
        if is_tenant || rng.chance(65) {
            let name = name.to_lowercase();
            fields.push(field(&name, Kind::Row(to), !is_tenant && rng.chance(60), true));
        }
    }
    if rng.chance(25) {
        fields.push(field("parent", Kind::Row(at), true, true));
    }
    Entity {
        name: NAMES[at],
        action: action(rng, &fields),
        fields,
        public,
        shared: rng.chance(35),
        tenancy,
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
            Kind::User if self.writable => "User?".to_owned(),
            Kind::User => format!("User{mark} = caller readonly on delete cascade"),
            Kind::Row(to) if self.optional => format!("{}? on delete set null", NAMES[to]),
            Kind::Row(to) => format!("{} on delete cascade", NAMES[to]),
        };
        writeln!(out, "  {}: {rest}", self.name).unwrap();
    }
}

impl Entity {
    fn write(&self, out: &mut String) {
        let (word, inside) = match self.tenancy {
            Tenancy::Free => ("entity", String::new()),
            Tenancy::Tenant => ("tenant", String::new()),
            Tenancy::Inside => ("entity", format!(" in {}", NAMES[0])),
        };
        writeln!(out, "{word} {}{inside} {{\n  id: uuid key", self.name).unwrap();
        let own = self.fields.iter().filter(|field| !self.is_fence(field));
        own.for_each(|field| field.write(out));
        if self.tenancy == Tenancy::Tenant {
            out.push_str("  members User as viewer < member < owner, at least 1 owner\n");
        }
        if self.shared {
            out.push_str("  shared with User as view < edit\n");
        }
        writeln!(out, "}}\naccess {} {{", self.name).unwrap();
        for rule in &self.rules {
            writeln!(out, "  {rule}").unwrap();
        }
        out.push_str("}\n");
        self.resource(out);
    }

    /// Whether a field is the tenant in which the rows stand.
    fn is_fence(&self, field: &Field) -> bool {
        self.tenancy == Tenancy::Inside && field.kind == Kind::Row(0) && field.name == NAMES[0].to_lowercase()
    }

    /// The levels at which people are tied to its rows.
    fn levels(&self) -> Vec<&'static str> {
        let mut levels = Vec::new();
        if self.tenancy == Tenancy::Tenant {
            levels.extend(["viewer", "member", "owner"]);
        }
        if self.shared {
            levels.extend(["view", "edit"]);
        }
        levels
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
        let change = names(&|field| {
            let is_handed = self.hands_over || field.kind != Kind::User;
            field.writable && is_handed && !self.is_fence(field)
        });
        let sort = names(&|field| !matches!(field.kind, Kind::User | Kind::Row(_) | Kind::Bool));
        let include = names(&|field| matches!(field.kind, Kind::Row(_)));
        let include = if include.is_empty() {
            String::new()
        } else {
            format!("include {include}")
        };
        let public = if self.public { " public" } else { "" };
        // A tenant has a first member.
        let made = if self.tenancy == Tenancy::Tenant {
            ""
        } else {
            public
        };
        let path = self.name.to_lowercase();
        writeln!(
            out,
            "resource /{path} for {} {{
  list{public} {{ filter name; sort {sort}; {include}; page 5 max 100 }}
  create{made} {{ accept {accept} }}
  read{public} {{ {include} }}
  update{public} {{ accept {change} }}
  replace{public} {{ accept {change} }}
  delete{public}
  action act{public} {{ {} }}
  report stats{public} {{ total: count }}
}}",
            self.name, self.action
        )
        .unwrap();
    }
}
