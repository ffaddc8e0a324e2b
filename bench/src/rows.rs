//! The rows of a run: so many people, each with projects and tasks, the same for every server.

use rusqlite::{Connection, params};

/// How many people there are.
pub const USERS: usize = 100;
/// How many tasks each of them has.
pub const TASKS: usize = 100;
/// How many projects each of them has; half of the tasks stand in one.
pub const PROJECTS: usize = 5;

/// A task and its owner: what a request for one row asks for.
#[derive(Clone, Debug)]
pub struct TaskOf {
    /// The owner's number.
    pub user: usize,
    /// The task's id.
    pub id: String,
}

/// The key of a person.
pub fn user_id(number: usize) -> String {
    format!("bench-user-{number:04}")
}

/// Fills the tables `projects` and `tasks`, and says which tasks there are.
pub fn fill(connection: &mut Connection) -> rusqlite::Result<Vec<TaskOf>> {
    let transaction = connection.transaction()?;
    let mut tasks = Vec::with_capacity(USERS * TASKS);
    for user in 0..USERS {
        fill_user(&transaction, user, &mut tasks)?;
    }
    transaction.commit()?;
    connection.execute_batch("ANALYZE")?;
    Ok(tasks)
}

fn fill_user(connection: &Connection, user: usize, tasks: &mut Vec<TaskOf>) -> rusqlite::Result<()> {
    let owner = user_id(user);
    let mut project = connection.prepare_cached(
        "INSERT INTO projects (id, name, description, owner_id, created_at, updated_at)
         VALUES (?1, ?2, 'A project of the benchmark', ?3, ?4, ?4)",
    )?;
    let mut task = connection.prepare_cached(
        "INSERT INTO tasks (id, title, notes, priority, due, tags, status, done_at, project_id, owner_id,
                            created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, '2026-12-24', '[\"home\",\"later\"]', 'todo', NULL, ?5, ?6, ?7, ?7)",
    )?;
    let projects: Vec<String> = (0..PROJECTS).map(|_| uuid::Uuid::now_v7().to_string()).collect();
    for (number, id) in projects.iter().enumerate() {
        project.execute(params![
            id,
            format!("Project {number}"),
            owner,
            time(user, number)
        ])?;
    }
    for number in 0..TASKS {
        let id = uuid::Uuid::now_v7().to_string();
        let priority = ["high", "medium", "low"]
            .get(number % 3)
            .copied()
            .unwrap_or("low");
        let project = if number % 2 == 0 {
            projects.get(number % PROJECTS)
        } else {
            None
        };
        let title = format!("Task {number} of user {user}");
        let notes = "Some words about what is to be done, as people write them.";
        task.execute(params![
            id,
            title,
            notes,
            priority,
            project,
            owner,
            time(user, number)
        ])?;
        tasks.push(TaskOf { user, id });
    }
    Ok(())
}

fn time(user: usize, number: usize) -> String {
    format!(
        "2026-11-{:02}T{:02}:{:02}:00.{:06}Z",
        1 + user % 28,
        number % 24,
        number % 60,
        user * TASKS + number
    )
}

/// The statements that fill the table `tasks` of Postgres, and give `user|id` of each.
pub fn of_postgres() -> String {
    format!(
        "INSERT INTO tasks (id, title, notes, priority, due, tags, done, owner_id, created_at, updated_at)
         SELECT gen_random_uuid(), format('Task %s of user %s', task, person),
                'Some words about what is to be done, as people write them.',
                (ARRAY['high', 'medium', 'low'])[1 + task % 3], '2026-12-24', '[\"home\", \"later\"]', false,
                format('bench-user-%s', lpad(person::text, 4, '0')), made, made
         FROM generate_series(0, {people}) AS person, generate_series(0, {tasks}) AS task,
              LATERAL (SELECT timestamptz '2026-11-01' + make_interval(mins => task, secs => person)) AS at (made);
         ANALYZE tasks;
         SELECT right(owner_id, 4)::int, id FROM tasks",
        people = USERS - 1,
        tasks = TASKS - 1,
    )
}

/// A task as a line of the statement above says it.
pub fn task_of(line: &str) -> Option<TaskOf> {
    let (user, id) = line.split_once('|')?;
    Some(TaskOf {
        user: user.parse().ok()?,
        id: id.to_owned(),
    })
}
