//! Questions in words: `can user update Task`, `can project.owner read Task`.

use groma_ir::access::{Access, CallerFacts, kinds_of_caller};
use groma_ir::design::{Design, EntityId, FieldId, RoleSet, Verb};

use crate::persona::{Persona, personas, verbs};

/// A question that makes sense for a design.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who.
    pub persona: Persona,
    /// Does what.
    pub verb: Verb,
    /// To one field alone.
    pub field: Option<FieldId>,
    /// On rows of which entity.
    pub entity: EntityId,
}

/// A word that means nothing here, and the words that would.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misread {
    /// What was expected: `an entity`.
    pub wanted: &'static str,
    /// What stands there.
    pub found: String,
    /// What could.
    pub known: Vec<String>,
}

/// Words that may stand in a question and say nothing.
const FILLERS: [&str; 7] = ["can", "may", "a", "an", "the", "every", "any"];

impl Question {
    /// Reads `can WHO VERB ENTITY`; the verb may name a field: `update(title)`.
    pub fn read(text: &str, design: &Design, access: &Access) -> Result<Self, Misread> {
        let words: Vec<&str> = text
            .split(|char: char| char.is_whitespace() || matches!(char, '?' | '`' | '\'' | '"'))
            .filter(|word| !word.is_empty() && !FILLERS.contains(word))
            .collect();
        let (who, verb, entity) = match words.as_slice() {
            [who, verb, entity] => (who.to_string(), *verb, *entity),
            ["signed", "in", verb, entity] => (String::from("authenticated"), *verb, *entity),
            _ => {
                return Err(Misread {
                    wanted: "a question",
                    found: text.trim().to_owned(),
                    known: vec![String::from("can WHO VERB ENTITY")],
                });
            }
        };
        let entity = entity_named(design, entity)?;
        let (verb, field) = verb_named(design, entity, verb)?;
        Ok(Self {
            persona: persona_named(design, access, entity, &who)?,
            verb,
            field,
            entity,
        })
    }
}

/// An entity by its name, singular or plural, in any case.
pub fn entity_named(design: &Design, name: &str) -> Result<EntityId, Misread> {
    let is_it = |known: &str| known.eq_ignore_ascii_case(name);
    let found = design
        .entities
        .entries()
        .find(|(_, entity)| is_it(&entity.name) || is_it(&entity.plural));
    found.map(|(id, _)| id).ok_or_else(|| Misread {
        wanted: "an entity",
        found: name.to_owned(),
        known: design.entities.iter().map(|entity| entity.name.clone()).collect(),
    })
}

fn verb_named(design: &Design, entity: EntityId, name: &str) -> Result<(Verb, Option<FieldId>), Misread> {
    let (name, field) = match name.split_once('(') {
        Some((name, field)) => (name, Some(field.trim_end_matches(')'))),
        None => (name, None),
    };
    let declared = &design.entities[entity];
    let words = |verb| groma_ir::words::verb(declared, verb);
    let meant = match name {
        "list" | "get" | "see" => "read",
        "replace" | "change" | "edit" | "write" => "update",
        other => other,
    };
    let verb = verbs(design, entity)
        .into_iter()
        .find(|verb| words(*verb) == meant);
    let verb = verb.ok_or_else(|| Misread {
        wanted: "a verb",
        found: name.to_owned(),
        known: verbs(design, entity)
            .into_iter()
            .map(|verb| words(verb).to_owned())
            .collect(),
    })?;
    let Some(field) = field else {
        return Ok((verb, None));
    };
    let named = declared
        .fields
        .entries()
        .find(|(_, known)| known.name == field || known.wire == field);
    let (id, _) = named.ok_or_else(|| Misread {
        wanted: "a field",
        found: field.to_owned(),
        known: declared.fields.iter().map(|field| field.name.clone()).collect(),
    })?;
    Ok((verb, Some(id)))
}

/// Who a word means towards the rows of an entity: a role, a path to a user, `everyone`, `authenticated`.
pub fn persona_named(
    design: &Design,
    access: &Access,
    entity: EntityId,
    name: &str,
) -> Result<Persona, Misread> {
    let kinds = kinds_of_caller(design);
    let stranger = |facts: CallerFacts| {
        let kind = kinds.iter().position(|kind| *kind == facts)?;
        Some(Persona { kind, is: None })
    };
    let plainest = || kinds.iter().find(|kind| kind.authenticated).copied();
    let roles = design.auth.as_ref().map(|auth| &auth.roles);
    let role = roles.and_then(|roles| roles.iter().find(|role| role.name == name));
    let as_role = |roles: RoleSet| CallerFacts {
        authenticated: true,
        roles,
    };
    let found = match name {
        "everyone" | "anyone" | "anybody" | "anonymous" | "nobody" => stranger(CallerFacts::default()),
        "authenticated" => plainest().and_then(stranger),
        _ => match role {
            Some(role) => stranger(as_role(role.includes)),
            None => personas(design, access, entity).into_iter().find(|persona| {
                persona
                    .is
                    .as_ref()
                    .is_some_and(|relation| relation.name(design) == name)
            }),
        },
    };
    found.ok_or_else(|| Misread {
        wanted: "somebody",
        found: name.to_owned(),
        known: known(design, access, entity),
    })
}

fn known(design: &Design, access: &Access, entity: EntityId) -> Vec<String> {
    let mut known = vec![String::from("anonymous"), String::from("authenticated")];
    if let Some(auth) = &design.auth {
        known.extend(auth.roles.iter().map(|role| role.name.clone()));
    }
    let related = personas(design, access, entity)
        .into_iter()
        .filter_map(|persona| persona.is);
    known.extend(related.map(|relation| relation.name(design)));
    known
}
