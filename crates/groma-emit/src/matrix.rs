//! Who may do what: for each entity a table of verbs by callers, as data and as Markdown.
//!
//! A cell follows from the rules as written; the words come from [`groma_ir::words`]. Whoever is in two columns
//! (an owner who is an admin) may do what either column may.

use groma_ir::Model;
use groma_ir::design::{ActionId, Design, Effect, Entity, EntityId, RoleId, Rule, Verb, VerbUse, Who};
use groma_ir::words;

use crate::markdown::{Table, capitalized, code};

/// The matrix of one entity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matrix {
    /// The entity.
    pub entity: EntityId,
    /// The callers, one a column, in words.
    pub callers: Vec<String>,
    /// The verbs, one a row.
    pub rows: Vec<Row>,
    /// What the numbers in the cells refer to, the first one is 1.
    pub notes: Vec<String>,
}

/// One verb.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The verb.
    pub verb: Verb,
    /// Its name: `complete`.
    pub name: String,
    /// One cell a caller.
    pub cells: Vec<Cell>,
}

/// What one kind of caller may do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// Whether some rule allows it.
    pub is_allowed: bool,
    /// Under which conditions, as numbers of notes; empty: under none.
    pub notes: Vec<usize>,
}

/// The matrices of all entities that have rules, in order.
pub fn of(model: &Model) -> Vec<Matrix> {
    let entities = model
        .design
        .entities
        .entries()
        .filter(|(_, entity)| !entity.rules.is_empty());
    entities.map(|(id, _)| of_entity(&model.design, id)).collect()
}

/// The matrix of one entity.
pub fn of_entity(design: &Design, entity: EntityId) -> Matrix {
    let declared = &design.entities[entity];
    let callers = callers(declared);
    let mut notes = Vec::new();
    let rows = verbs(declared)
        .into_iter()
        .map(|verb| Row {
            verb,
            name: words::verb(declared, verb).to_owned(),
            cells: callers
                .iter()
                .map(|who| cell(design, entity, verb, who, &mut notes))
                .collect(),
        })
        .collect();
    let callers = callers.iter().map(|who| heading(design, entity, who)).collect();
    Matrix {
        entity,
        callers,
        rows,
        notes,
    }
}

impl Matrix {
    /// The table, and below it the notes.
    pub fn markdown(&self) -> String {
        let head = std::iter::once("").chain(self.callers.iter().map(String::as_str));
        let mut table = Table::new(head);
        for row in &self.rows {
            let cells = row.cells.iter().map(Cell::text);
            table.row(std::iter::once(code(&row.name)).chain(cells));
        }
        let notes = self
            .notes
            .iter()
            .enumerate()
            .map(|(index, note)| format!("{}. {note}", index + 1));
        let notes: Vec<String> = notes.collect();
        format!("{}\n\n{}", table.render(), notes.join("\n"))
            .trim_end()
            .to_owned()
    }
}

impl Cell {
    fn text(&self) -> String {
        let notes: Vec<String> = self.notes.iter().map(ToString::to_string).collect();
        match (self.is_allowed, notes.is_empty()) {
            (false, _) => String::from("no"),
            (true, true) => String::from("yes"),
            (true, false) => format!("yes ({})", notes.join(", ")),
        }
    }
}

/// Everyone whom a rule names, from the widest to the narrowest.
fn callers(entity: &Entity) -> Vec<Who> {
    let mut callers: Vec<Who> = Vec::new();
    for who in entity
        .rules
        .iter()
        .filter(|rule| rule.effect == Effect::Allow)
        .flat_map(|rule| &rule.who)
    {
        if !callers.contains(who) {
            callers.push(who.clone());
        }
    }
    callers.sort_by_key(|who| match who {
        Who::Everyone => 0,
        Who::Authenticated => 1,
        Who::Path(_) => 2,
        Who::Can { .. } => 3,
        Who::Role(_) => 4,
    });
    callers
}

/// The head of a column.
fn heading(design: &Design, entity: EntityId, who: &Who) -> String {
    match (who, &design.auth) {
        (Who::Role(role), Some(auth)) => format!("Role {}", code(&auth.roles[*role].name)),
        _ => capitalized(&words::who(design, entity, who)),
    }
}

fn verbs(entity: &Entity) -> Vec<Verb> {
    let actions = entity.actions.ids().map(|action: ActionId| Verb::Action(action));
    [Verb::Read, Verb::Create, Verb::Update, Verb::Delete]
        .into_iter()
        .chain(actions)
        .collect()
}

fn cell(design: &Design, entity: EntityId, verb: Verb, who: &Who, notes: &mut Vec<String>) -> Cell {
    let rules = &design.entities[entity].rules;
    let about = |effect: Effect| {
        rules.iter().filter(move |rule| {
            rule.effect == effect
                && uses(rule, verb).next().is_some()
                && rule.who.iter().any(|named| implies(design, who, named))
                && !rule.except.iter().any(|named| implies(design, who, named))
        })
    };
    let allowing: Vec<&Rule> = about(Effect::Allow).collect();
    let denying: Vec<&Rule> = about(Effect::Deny).collect();
    let is_allowed = !allowing.is_empty() && !denying.iter().any(|rule| is_plain(rule, verb));
    let mut cell = Cell {
        is_allowed,
        notes: Vec::new(),
    };
    if is_allowed {
        let is_free = allowing.iter().any(|rule| is_plain(rule, verb));
        let conditions = allowing.into_iter().filter(|_| !is_free);
        for rule in conditions.chain(denying) {
            cell.notes
                .push(number(notes, words::rule_line(design, entity, rule, verb)));
        }
        cell.notes.sort_unstable();
        cell.notes.dedup();
    }
    cell
}

fn uses(rule: &Rule, verb: Verb) -> impl Iterator<Item = &VerbUse> {
    rule.verbs.iter().filter(move |used| used.verb == verb)
}

/// Whether a rule holds for all of the verb, under no condition.
fn is_plain(rule: &Rule, verb: Verb) -> bool {
    rule.when.is_none() && rule.except.is_empty() && uses(rule, verb).any(|used| used.fields.is_empty())
}

/// The number of a note, which is added when it is new.
fn number(notes: &mut Vec<String>, note: String) -> usize {
    let known = notes.iter().position(|known| *known == note);
    known.unwrap_or_else(|| {
        notes.push(note);
        notes.len() - 1
    }) + 1
}

/// Whether everybody in the column is also one of those whom a rule names.
fn implies(design: &Design, column: &Who, named: &Who) -> bool {
    match (column, named) {
        (_, Who::Everyone) => true,
        (Who::Everyone, _) => false,
        (_, Who::Authenticated) => true,
        (Who::Role(has), Who::Role(wanted)) => includes(design, *has, *wanted),
        (column, Who::Role(role)) => *column == *named || is_everyones(design, *role),
        (column, named) => column == named,
    }
}

fn includes(design: &Design, has: RoleId, wanted: RoleId) -> bool {
    design
        .auth
        .as_ref()
        .is_some_and(|auth| auth.roles[has].includes.contains(wanted))
}

/// Whether every caller with a token has the role: by default, and as a part of every other one.
fn is_everyones(design: &Design, role: RoleId) -> bool {
    design.auth.as_ref().is_some_and(|auth| {
        auth.default_role.is_some() && auth.roles.iter().all(|declared| declared.includes.contains(role))
    })
}
