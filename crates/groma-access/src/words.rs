//! Cases in words.

use groma_ir::Id;
use groma_ir::access::CallerFacts;
use groma_ir::design::{Design, EntityId, FieldId, LinkKind, RoleId, Row, VariantId};

use crate::case::{Case, Choice};
use crate::space::Space;
use crate::spot::{Operand, Region, Spot, Tie, Variable};

impl Space<'_> {
    /// The case in words, one thing each: `signed in`, `` the caller is `owner` ``, `` `status` is `done` ``.
    pub fn describe(&self, case: &Case) -> Vec<String> {
        let names_caller = case.choices.iter().any(is_relation);
        let plainest = self.kinds.iter().position(|kind| kind.authenticated);
        // Who is something to the row is signed in, and the references on the way lead there.
        let is_said = |choice: &&Choice| match (&choice.variable, &choice.region) {
            (Variable::Caller, Region::Caller(kind)) => !(names_caller && Some(*kind) == plainest),
            (Variable::Field(spot), region) => {
                *region == Region::None || !case.choices.iter().any(|other| leads_by(other, spot))
            }
            _ => true,
        };
        let mut told: Vec<&Choice> = case.choices.iter().filter(is_said).collect();
        // What the caller is comes before what they are not.
        told.sort_by_key(|choice| match choice.variable {
            Variable::Caller => 0,
            _ if is_relation(choice) => 1,
            Variable::IsCaller(_) | Variable::Level(_) => 2,
            Variable::Field(_) | Variable::Claim(_) | Variable::Order(..) | Variable::Gone(_) => 3,
        });
        told.into_iter().map(|choice| self.choice(choice)).collect()
    }

    /// Whether some value of the variable is told apart from the others.
    fn is_cut(&self, variable: &Variable) -> bool {
        let found = self.variables().iter().find(|(known, _)| known == variable);
        found.is_some_and(|(_, regions)| {
            regions
                .iter()
                .any(|region| !matches!(region, Region::None | Region::Other))
        })
    }

    fn choice(&self, choice: &Choice) -> String {
        let design = self.design;
        match (&choice.variable, &choice.region) {
            (Variable::Caller, Region::Caller(kind)) => {
                let kind = self.kinds.get(*kind).copied().unwrap_or_default();
                kind_words(design, &kind)
            }
            (Variable::IsCaller(spot), Region::True) => format!("the caller is {}", spot_words(design, spot)),
            (Variable::IsCaller(spot), _) => format!("the caller is not {}", spot_words(design, spot)),
            (Variable::Level(tie), region) => tied_words(design, tie, region),
            (Variable::Order(left, right), region) => format!(
                "{} {} {}",
                operand_words(design, left),
                order_words(region),
                operand_words(design, right)
            ),
            // Nothing is asked of its value but that it is there.
            (Variable::Field(spot), Region::Other) if !self.is_cut(&choice.variable) => {
                format!("{} is set", spot_words(design, spot))
            }
            (Variable::Field(spot), region) => value_words(design, &spot_words(design, spot), region),
            (Variable::Claim(claim), region) => {
                value_words(design, &operand_words(design, &Operand::Claim(*claim)), region)
            }
            (Variable::Gone(spot), Region::True) => {
                format!("the row of {} is gone", spot_words(design, spot))
            }
            (Variable::Gone(spot), _) => format!("the row of {} is there", spot_words(design, spot)),
            (Variable::Caller, _) => String::from("anybody"),
        }
    }
}

/// Whether the caller is something to a row.
fn is_relation(choice: &Choice) -> bool {
    match choice.variable {
        Variable::IsCaller(_) => choice.region == Region::True,
        Variable::Level(_) => choice.region != Region::None,
        Variable::Caller
        | Variable::Field(_)
        | Variable::Claim(_)
        | Variable::Order(..)
        | Variable::Gone(_) => false,
    }
}

/// Whether what the caller is to a row is so by this reference.
fn leads_by(choice: &Choice, reference: &Spot) -> bool {
    let mut way = reference.way.clone();
    way.push(reference.field);
    is_relation(choice)
        && match &choice.variable {
            Variable::IsCaller(spot) => {
                let mut whole = spot.way.clone();
                whole.push(spot.field);
                spot.row == reference.row && whole.starts_with(&way)
            }
            Variable::Level(tie) => tie.row == reference.row && tie.way.starts_with(&way),
            _ => false,
        }
}

/// Who such a caller is, in words.
pub(crate) fn kind_words(design: &Design, kind: &CallerFacts) -> String {
    if !kind.authenticated {
        return String::from("not signed in");
    }
    let Some(auth) = &design.auth else {
        return String::from("signed in");
    };
    // Only the strongest roles: they bring the others.
    let has = |role: &RoleId| kind.roles.contains(*role);
    let strongest = auth.roles.ids().filter(has).filter(|role| {
        !auth
            .roles
            .ids()
            .filter(has)
            .any(|other| other != *role && auth.roles[other].includes.contains(*role))
    });
    let names: Vec<String> = strongest
        .map(|role| format!("`{}`", auth.roles[role].name))
        .collect();
    if names.is_empty() {
        String::from("signed in")
    } else {
        format!("signed in as {}", names.join(" and "))
    }
}

pub(crate) fn spot_words(design: &Design, spot: &Spot) -> String {
    let mut names = way_names(design, &spot.way, spot.entity);
    names.push(&design.entities[spot.entity].fields[spot.field].name);
    let row = match spot.row {
        Row::This => "",
        Row::New => "new.",
    };
    format!("`{row}{}`", names.join("."))
}

/// A level as a rule names it: `view`, `team.admin`.
pub(crate) fn level_name(design: &Design, tie: &Tie, level: VariantId) -> String {
    let mut names = way_names(design, &tie.way, tie.entity);
    names.push(design.level_name(tie.link, level));
    names.join(".")
}

/// Who is tied at this level: ``shared with them as `view` ``, ``member of `team` as `admin` ``.
pub(crate) fn level_words(design: &Design, tie: &Tie, level: VariantId) -> String {
    let name = design.level_name(tie.link, level);
    let (shared, member) = match way_names(design, &tie.way, tie.entity).as_slice() {
        [] => (
            format!("shared with them as `{name}`"),
            format!("member as `{name}`"),
        ),
        names => {
            let whose = names.join(".");
            (
                format!("`{whose}` shared with them as `{name}`"),
                format!("member of `{whose}` as `{name}`"),
            )
        }
    };
    tie_words(design, tie, &shared, &member).to_owned()
}

/// Whether the caller is tied to a row, and at which level.
fn tied_words(design: &Design, tie: &Tie, region: &Region) -> String {
    let names = way_names(design, &tie.way, tie.entity);
    let what = match (names.as_slice(), tie.row) {
        ([], _) => String::from("it"),
        (names, Row::This) => format!("`{}`", names.join(".")),
        (names, Row::New) => format!("`new.{}`", names.join(".")),
    };
    let (shared, member) = if let Region::Variant(_, level) = region {
        let name = design.level_name(tie.link, *level);
        (
            format!("{what} is shared with the caller as `{name}`"),
            format!("the caller is a member of {what} as `{name}`"),
        )
    } else {
        (
            format!("{what} is not shared with the caller"),
            format!("the caller is no member of {what}"),
        )
    };
    tie_words(design, tie, &shared, &member).to_owned()
}

fn tie_words<'w>(design: &Design, tie: &Tie, shared: &'w str, member: &'w str) -> &'w str {
    match design.entities[tie.link].link.as_ref().map(|link| link.kind) {
        Some(LinkKind::Members) => member,
        Some(LinkKind::Shares) | None => shared,
    }
}

fn way_names<'d>(design: &'d Design, way: &[FieldId], end: EntityId) -> Vec<&'d str> {
    let mut names = Vec::new();
    let mut entity = start(design, way, end);
    for step in way {
        let Some(at) = entity else { break };
        let field = &design.entities[at].fields[*step];
        names.push(field.name.as_str());
        entity = field.ty.target();
    }
    names
}

/// The entity at which the way starts: some entity from which its steps lead to its end.
fn start(design: &Design, way: &[FieldId], end: EntityId) -> Option<EntityId> {
    if way.is_empty() {
        return Some(end);
    }
    design.entities.ids().find(|entity| {
        let found = way.iter().try_fold(*entity, |entity, step| {
            let fields = &design.entities[entity].fields;
            (step.index() < fields.len())
                .then(|| fields[*step].ty.target())
                .flatten()
        });
        found == Some(end)
    })
}

fn operand_words(design: &Design, operand: &Operand) -> String {
    match operand {
        Operand::Field(spot) => spot_words(design, spot),
        Operand::Claim(claim) => match &design.auth {
            Some(auth) => format!("`caller.{}`", auth.claims[*claim].name),
            None => String::from("a claim"),
        },
        Operand::Caller => String::from("the caller"),
        Operand::Now(0) => String::from("now"),
        Operand::Now(offset) if *offset < 0 => format!("{} s ago", offset.unsigned_abs()),
        Operand::Now(offset) => format!("in {offset} s"),
        Operand::Input(_) => String::from("an input"),
        Operand::Literal(text) => text.clone(),
    }
}

fn order_words(region: &Region) -> &'static str {
    match region {
        Region::Less => "is less than",
        Region::Equal => "equals",
        Region::Greater => "is greater than",
        _ => "is not",
    }
}

fn value_words(design: &Design, name: &str, region: &Region) -> String {
    match region {
        Region::None => format!("{name} is empty"),
        Region::False => format!("{name} is false"),
        Region::True => format!("{name} is true"),
        Region::Variant(of, variant) => format!("{name} is `{}`", design.variant_name(*of, *variant)),
        Region::Is(value) => format!("{name} is {value}"),
        Region::Below(value) => format!("{name} is less than {value}"),
        Region::Above(value) => format!("{name} is greater than {value}"),
        Region::Between(low, high) => format!("{name} is between {low} and {high}"),
        Region::Other
        | Region::Caller(_)
        | Region::Less
        | Region::Equal
        | Region::Greater
        | Region::Unequal => {
            format!("{name} is something else")
        }
    }
}
