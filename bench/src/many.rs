//! Many documents, of which every person sees some in each way: their own, those shared with them, those of their
//! projects and of projects that are shared with them, those of their teams, and those that are public.
//!
//! There are always so many people, projects and teams: what each sees grows with the table, and only a page of it
//! should count.

use rusqlite::{Connection, Statement, params};

/// How many people there are.
pub const PEOPLE: usize = 10;
/// How many projects each person has.
const PROJECTS: usize = 2;
/// In how many teams, and with how many projects and documents of others each person is, counted from the next one on.
const TEAMS: usize = 3;
const SHARED_PROJECTS: usize = 3;
const SHARED_DOCS: usize = 20;
/// After so many documents it is said how far it is.
const STEP: usize = 1_000_000;

/// The key of a person.
pub fn person(number: usize) -> String {
    format!("person-{number:04}")
}

/// The key of a person's first project.
pub fn project_of(person: usize) -> String {
    project_id(person, 0)
}

/// Fills the tables with so many documents.
pub fn fill(connection: &mut Connection, docs: usize) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000")?;
    let transaction = connection.transaction()?;
    for number in 0..PEOPLE {
        groups(&transaction, number)?;
    }
    all_docs(&transaction, docs)?;
    for number in 0..PEOPLE {
        shares(&transaction, number, docs)?;
    }
    transaction.commit()?;
    connection.execute_batch("PRAGMA analysis_limit = 1000; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
}

/// The projects of a person, and the team that they own.
fn groups(connection: &Connection, number: usize) -> rusqlite::Result<()> {
    let mut project = connection.prepare("INSERT INTO projects (id, name, owner_id) VALUES (?1, ?2, ?3)")?;
    for project_number in 0..PROJECTS {
        let name = format!("Project {project_number}");
        project.execute(params![project_id(number, project_number), name, person(number)])?;
    }
    connection.execute(
        "INSERT INTO teams (id, name) VALUES (?1, 'Team')",
        params![team_id(number)],
    )?;
    let mut member = connection
        .prepare("INSERT INTO team_members (id, team_id, user_id, role) VALUES (?1, ?2, ?3, ?4)")?;
    for place in 0..TEAMS {
        let role = if place == 0 { "owner" } else { "viewer" };
        let who = (number + place) % PEOPLE;
        member.execute(params![
            format!("{number}-{place}"),
            team_id(number),
            person(who),
            role
        ])?;
    }
    Ok(())
}

fn all_docs(connection: &Connection, docs: usize) -> rusqlite::Result<()> {
    let mut insert = connection.prepare(
        "INSERT INTO docs (id, title, owner_id, project_id, team_id, visibility, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
    )?;
    for number in 0..docs {
        doc(&mut insert, number)?;
        if (number + 1) % STEP == 0 {
            eprintln!("  {} million rows of {}", (number + 1) / STEP, docs / STEP);
        }
    }
    Ok(())
}

/// Every second document stands in a project, of its owner or of somebody near; every fourth in a team and every
/// twentieth is public, whatever else it is.
fn doc(insert: &mut Statement<'_>, number: usize) -> rusqlite::Result<()> {
    let (owner, round) = (number % PEOPLE, number / PEOPLE);
    let near = |places: usize| (owner + round % places) % PEOPLE;
    let chance = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let project = round
        .is_multiple_of(2)
        .then(|| project_id(near(3), round / 2 % PROJECTS));
    let team = (chance % 4 == 1).then(|| team_id(near(5)));
    let visibility = if chance / 4 % 20 == 3 { "public" } else { "private" };
    insert.execute(params![
        doc_id(number),
        format!("Doc {number}"),
        person(owner),
        project,
        team,
        visibility,
        time(number)
    ])?;
    Ok(())
}

fn shares(connection: &Connection, number: usize, docs: usize) -> rusqlite::Result<()> {
    let mut of_project = connection
        .prepare("INSERT INTO project_shares (id, project_id, user_id, level) VALUES (?1, ?2, ?3, 'view')")?;
    for place in 1..=SHARED_PROJECTS {
        let project = project_id((number + 2 + place) % PEOPLE, 0);
        of_project.execute(params![format!("{number}-{place}"), project, person(number)])?;
    }
    let mut of_doc = connection
        .prepare("INSERT INTO doc_shares (id, doc_id, user_id, level) VALUES (?1, ?2, ?3, 'edit')")?;
    for place in 0..SHARED_DOCS {
        let doc = doc_id((number + 7 + place * docs / SHARED_DOCS) % docs.max(1));
        of_doc.execute(params![format!("{number}-{place}"), doc, person(number)])?;
    }
    Ok(())
}

fn project_id(person: usize, number: usize) -> String {
    format!("01a00000-0000-7000-8000-{person:06x}{number:06x}")
}

fn team_id(person: usize) -> String {
    format!("01c00000-0000-7000-8000-{person:012x}")
}

fn doc_id(number: usize) -> String {
    format!("01b00000-0000-7000-8000-{number:012x}")
}

/// A time of its own for every number.
fn time(number: usize) -> String {
    let (seconds, micros) = (number / 1_000 % 86_400, number % 1_000);
    format!(
        "2026-10-{:02}T{:02}:{:02}:{:02}.{micros:06}Z",
        1 + number / 1_000 / 86_400,
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}
