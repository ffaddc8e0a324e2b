//! Lists and reports: which rows, in which order, and what they show.

use serde_json::{Map, Value as Json};

use groma_ir::http::SchemaId;

use super::item::{Expected, content_type, item_symptoms};
use super::{Symptom, Trial, excerpt, fit};
use crate::catalogue;
use crate::net::Answer;
use crate::oracle::{Figure, RowId, Slot, Verdict, World, key_text, matches_filters};

/// What a walk through the pages met.
#[derive(Clone, Default, Debug)]
pub(crate) struct Walk {
    /// Every item, in order.
    pub(crate) items: Vec<Map<String, Json>>,
    /// Whether the last page was reached.
    pub(crate) is_complete: bool,
    /// `total`, or `X-Total-Count` where the list is a bare array; where it was asked for.
    pub(crate) total: Option<Json>,
    /// Whether the caller can see no row but those of this run.
    pub(crate) is_closed: bool,
}

/// Every way in which a walked list differs from the right one.
pub(crate) fn page_symptoms(trial: Trial<'_>, walk: &Walk, schema: SchemaId) -> Vec<Symptom> {
    let Verdict::Page(expected) = &trial.outcome.verdict else {
        return Vec::new();
    };
    let found: Vec<(Option<RowId>, &Map<String, Json>)> = walk
        .items
        .iter()
        .map(|item| (row_of(trial, item), item))
        .collect();
    let mut symptoms = Vec::new();
    symptoms.extend(
        found
            .iter()
            .find_map(|(row, item)| intruder(trial, walk, expected, *row, item)),
    );
    let ours: Vec<RowId> = found
        .iter()
        .filter_map(|(row, _)| *row)
        .filter(|row| expected.contains(row))
        .collect();
    symptoms.extend(repeated(trial, &ours));
    symptoms.extend(missing(trial, walk, expected, &ours));
    symptoms.extend(disordered(trial, expected, &ours));
    symptoms.extend(total(trial, walk));
    // Rows of others too: what they hold nobody here knows, but not what they may hold.
    let misfit = walk.items.iter().find_map(|item| {
        let shown = Json::Object(item.clone());
        let (design, http) = (trial.world.design(), &trial.world.model.http);
        fit::misfits(design, http, schema, &shown).into_iter().next()
    });
    symptoms.extend(misfit);
    let item = Expected {
        world: trial.world,
        schema,
        ask: &trial.call.ask,
        who: trial.who,
        since: trial.since,
    };
    for (row, shown) in found
        .iter()
        .filter_map(|(row, item)| row.filter(|row| expected.contains(row)).map(|row| (row, *item)))
    {
        let slots: Vec<Slot> = trial
            .world
            .row(row)
            .cells
            .iter()
            .cloned()
            .map(Slot::Known)
            .collect();
        symptoms.extend(
            item_symptoms(item, &slots, shown)
                .into_iter()
                .map(|symptom| match symptom.check {
                    None => symptom.of(&catalogue::F03),
                    Some(_) => symptom,
                }),
        );
    }
    symptoms
}

/// The row of an item, if it is one of this run.
fn row_of(trial: Trial<'_>, item: &Map<String, Json>) -> Option<RowId> {
    let entity = trial.route().entity;
    let key = &trial.world.design().entities[entity].fields[trial.world.design().entities[entity].key];
    trial.world.find(entity, item.get(&key.wire)?)
}

/// A row that should not be there.
fn intruder(
    trial: Trial<'_>,
    walk: &Walk,
    expected: &[RowId],
    row: Option<RowId>,
    item: &Map<String, Json>,
) -> Option<Symptom> {
    let shown = Json::Object(item.clone()).to_string();
    let text = || format!("a list with {shown}");
    let Some(row) = row else {
        return walk
            .is_closed
            .then(|| Symptom::new("foreign-row", "only rows of this user", text()).of(&catalogue::Z05));
    };
    if expected.contains(&row) {
        return None;
    }
    if !trial.world.row(row).alive {
        return Some(Symptom::new("deleted-row", "no row that was deleted", text()).of(&catalogue::F08));
    }
    if !trial.world.may_read(row, trial.who, trial.since) {
        return Some(
            Symptom::new("invisible-row", "only rows that the caller may read", text()).of(&catalogue::Z05),
        );
    }
    let is_kept = matches_filters(
        trial.world,
        trial.route().resource,
        row,
        &trial.call.ask,
        trial.who,
        trial.since,
    );
    let symptom = Symptom::new("unmatched-row", "only rows that the query keeps", text());
    Some(if is_kept {
        symptom.of(&catalogue::F03)
    } else {
        symptom.of(&catalogue::F04)
    })
}

fn repeated(trial: Trial<'_>, ours: &[RowId]) -> Option<Symptom> {
    let twice = ours
        .iter()
        .enumerate()
        .find(|(at, row)| ours.iter().take(*at).any(|before| before == *row));
    twice.map(|(_, row)| {
        let key = name(trial.world, *row);
        Symptom::new(
            "repeated-row",
            "every row once",
            format!("`{key}` more than once"),
        )
        .of(&catalogue::F06)
    })
}

fn missing(trial: Trial<'_>, walk: &Walk, expected: &[RowId], ours: &[RowId]) -> Option<Symptom> {
    if !walk.is_complete {
        return None;
    }
    let row = expected.iter().find(|row| !ours.contains(row))?;
    let row = trial
        .world
        .row(*row)
        .cells
        .iter()
        .map(Json::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let symptom = Symptom::new(
        "missing-row",
        format!("{} rows, among them ({row})", expected.len()),
        format!("{} rows without it", ours.len()),
    );
    let is_plain = trial.call.ask.filters.is_empty() && trial.call.ask.search.is_none();
    Some(match (is_plain, trial.call.ask.limit) {
        (false, _) => symptom.of(&catalogue::F04),
        (true, Some(1..=2)) => symptom.of(&catalogue::F06),
        (true, _) => symptom.of(&catalogue::F03),
    })
}

fn disordered(trial: Trial<'_>, expected: &[RowId], ours: &[RowId]) -> Option<Symptom> {
    let wanted: Vec<RowId> = expected
        .iter()
        .copied()
        .filter(|row| ours.contains(row))
        .collect();
    let mut given = ours.to_vec();
    given.dedup();
    let at = wanted
        .iter()
        .zip(&given)
        .position(|(wanted, given)| wanted != given)?;
    let names = |rows: &[RowId]| -> String {
        let texts: Vec<String> = rows
            .iter()
            .skip(at)
            .take(3)
            .map(|row| name(trial.world, *row))
            .collect();
        texts.join(", ")
    };
    let symptom = Symptom::new(
        "order",
        format!("after {at} rows: {}", names(&wanted)),
        format!("after {at} rows: {}", names(&given)),
    );
    Some(symptom.of(&catalogue::F05))
}

/// `total` is what the walk met, whoever's rows they are.
fn total(trial: Trial<'_>, walk: &Walk) -> Option<Symptom> {
    if !trial.call.ask.count || !walk.is_complete {
        return None;
    }
    let wanted = walk.items.len() as u64;
    let is_right = walk.total.as_ref().and_then(Json::as_u64) == Some(wanted);
    (!is_right).then(|| {
        let symptom = Symptom::new(
            "total",
            format!("`total` of {wanted}, as many as the pages hold"),
            format!("{:?}", walk.total),
        );
        symptom.of(&catalogue::Z05)
    })
}

fn name(world: &World<'_>, row: RowId) -> String {
    key_text(world.key(row))
}

/// Every way in which a report differs from the right one.
pub(super) fn report_symptoms(trial: Trial<'_>, figures: &[Figure], answer: &Answer) -> Vec<Symptom> {
    let mut symptoms: Vec<Symptom> = content_type(answer).into_iter().collect();
    let Some(Json::Object(report)) = answer.json() else {
        symptoms.push(Symptom::new("body", "a JSON object", excerpt(answer)).of(&catalogue::F02));
        return symptoms;
    };
    let wanted: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
    let given: Vec<&str> = report.keys().map(String::as_str).collect();
    if wanted != given {
        let symptom = Symptom::new(
            "members",
            format!("members {wanted:?}"),
            format!("members {given:?}"),
        );
        symptoms.push(symptom.of(&catalogue::F02));
    }
    let is_whole = trial.is_alone;
    for figure in figures {
        let given = report.get(&figure.name).unwrap_or(&Json::Null);
        if !figure.accepts(given, is_whole) {
            let least = if is_whole { "" } else { " or more" };
            let expected = format!("{}: {}{least}", figure.name, figure.value);
            symptoms.push(
                Symptom::new(figure.name.clone(), expected, format!("{}: {given}", figure.name))
                    .of(&catalogue::Z05),
            );
        }
    }
    symptoms
}
