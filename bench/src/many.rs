//! Many tasks, of which every person sees some in each way: their own, those of their projects, those of projects that
//! are shared with them, and those that are shared themselves.

use rusqlite::{Connection, params};

use crate::rows::{USERS, user_id};

/// How many projects each person has.
const PROJECTS: usize = 5;
/// How many projects of others, and how many tasks of others, are shared with each person.
const SHARED: usize = 3;
const SHARED_TASKS: usize = 20;

/// Fills the tables of the example with so many tasks.
pub fn fill(connection: &mut Connection, tasks: usize) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000")?;
    let transaction = connection.transaction()?;
    projects(&transaction)?;
    all_tasks(&transaction, tasks)?;
    shares(&transaction, tasks)?;
    transaction.commit()?;
    connection.execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
}

fn projects(connection: &Connection) -> rusqlite::Result<()> {
    let mut insert = connection.prepare(
        "INSERT INTO projects (id, name, owner_id, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)",
    )?;
    for user in 0..USERS {
        for number in 0..PROJECTS {
            let name = format!("Project {number}");
            insert.execute(params![
                project_id(user, number),
                name,
                user_id(user),
                time(number)
            ])?;
        }
    }
    Ok(())
}

/// Every second task stands in a project, of its owner or of the next person.
fn all_tasks(connection: &Connection, tasks: usize) -> rusqlite::Result<()> {
    let mut insert = connection.prepare(
        "INSERT INTO tasks (id, title, priority, due, tags, status, project_id, owner_id, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, '[]', ?5, ?6, ?7, ?8, ?8)",
    )?;
    for number in 0..tasks {
        let user = number % USERS;
        let round = number / USERS;
        let project = round
            .is_multiple_of(2)
            .then(|| project_id((user + round % 3) % USERS, round % PROJECTS));
        let due = round
            .is_multiple_of(3)
            .then(|| format!("2026-12-{:02}", 1 + round % 28));
        let priority = ["high", "medium", "low"].get(round % 3).copied().unwrap_or("low");
        let status = ["todo", "doing", "done"]
            .get(round % 3)
            .copied()
            .unwrap_or("todo");
        insert.execute(params![
            task_id(number),
            format!("Task {} of many", number * 7_919 % tasks.max(1)),
            priority,
            due,
            status,
            project,
            user_id(user),
            time(number)
        ])?;
    }
    Ok(())
}

fn shares(connection: &Connection, tasks: usize) -> rusqlite::Result<()> {
    let mut of_project = connection
        .prepare("INSERT INTO project_shares (id, project_id, user_id, level) VALUES (?1, ?2, ?3, 'view')")?;
    let mut of_task = connection
        .prepare("INSERT INTO task_shares (id, task_id, user_id, level) VALUES (?1, ?2, ?3, 'edit')")?;
    for user in 0..USERS {
        for number in 1..=SHARED {
            let project = project_id((user + 10 * number) % USERS, 0);
            of_project.execute(params![format!("{user}-{number}"), project, user_id(user)])?;
        }
        for number in 0..SHARED_TASKS {
            let task = task_id((user + 37 + number * tasks / SHARED_TASKS) % tasks);
            of_task.execute(params![format!("{user}-{number}"), task, user_id(user)])?;
        }
    }
    Ok(())
}

fn project_id(user: usize, number: usize) -> String {
    format!("01a00000-0000-7000-8000-{user:06x}{number:06x}")
}

fn task_id(number: usize) -> String {
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
