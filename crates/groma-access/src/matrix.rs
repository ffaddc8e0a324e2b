//! Who may do what, as a table: personas by verbs.

use groma_ir::access::Access;
use groma_ir::design::{Design, EntityId, Verb};
use groma_ir::words;

use crate::persona::{Answer, Others, Persona, Verdict, ask, personas, verbs};

/// The table of one entity.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The entity.
    pub entity: EntityId,
    /// The verbs, one a column.
    pub verbs: Vec<Verb>,
    /// The personas, one a row.
    pub rows: Vec<Row>,
    /// The rules on which cells depend, in words and with their place; the first one is 1.
    pub notes: Vec<(String, String)>,
}

/// What one persona may do.
#[derive(Clone, Debug)]
pub struct Row {
    /// Who.
    pub persona: Persona,
    /// Who, in words.
    pub name: String,
    /// One cell a verb.
    pub cells: Vec<Cell>,
}

/// Whether a persona may do one thing.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Whether.
    pub verdict: Verdict,
    /// Where it depends: the rules that say on what, as numbers of notes.
    pub notes: Vec<usize>,
}

impl Cell {
    /// `when 2, 3`: the answer, and on which rules it depends.
    pub fn text(&self) -> String {
        let numbers: Vec<String> = self.notes.iter().map(ToString::to_string).collect();
        let text = format!("{} {}", self.verdict.word(), numbers.join(", "));
        text.trim_end().to_owned()
    }
}

impl Matrix {
    /// The tables of all entities that have rules.
    pub fn all(design: &Design, access: &Access) -> Vec<Self> {
        let entities = design.entities.entries();
        let ruled = entities.filter(|(_, entity)| !entity.rules.is_empty());
        ruled.map(|(id, _)| Self::of(design, access, id, None)).collect()
    }

    /// The table of an entity, for these personas or for all of them.
    pub fn of(design: &Design, access: &Access, entity: EntityId, only: Option<&Persona>) -> Self {
        let verbs = verbs(design, entity);
        // A table has a row for whoever is something to the row; asked for by name, a stranger may be that too.
        let others = if only.is_some() {
            Others::Related
        } else {
            Others::Nothing
        };
        let personas = only.map_or_else(|| personas(design, access, entity), |only| vec![only.clone()]);
        let mut notes = Vec::new();
        let rows = personas
            .into_iter()
            .map(|persona| {
                let cells = verbs.iter().map(|verb| {
                    let answer = ask(design, access, (entity, *verb, None), &persona, others);
                    Cell {
                        notes: numbers(design, entity, *verb, &answer, &mut notes),
                        verdict: answer.verdict,
                    }
                });
                Row {
                    cells: cells.collect(),
                    name: persona.words(design),
                    persona,
                }
            })
            .collect();
        Self {
            entity,
            verbs,
            rows,
            notes,
        }
    }

    /// The names of the columns.
    pub fn heads<'d>(&self, design: &'d Design) -> Vec<&'d str> {
        let entity = &design.entities[self.entity];
        self.verbs.iter().map(|verb| words::verb(entity, *verb)).collect()
    }
}

fn numbers(
    design: &Design,
    entity: EntityId,
    verb: Verb,
    answer: &Answer,
    notes: &mut Vec<(String, String)>,
) -> Vec<usize> {
    if matches!(answer.verdict, Verdict::Yes | Verdict::No) {
        return Vec::new();
    }
    let mut numbers: Vec<usize> = answer
        .reasons(design, entity, verb)
        .into_iter()
        .map(|reason| {
            let known = notes.iter().position(|note| *note == reason);
            1 + known.unwrap_or_else(|| {
                notes.push(reason);
                notes.len() - 1
            })
        })
        .collect();
    numbers.sort_unstable();
    numbers
}
