//! A design of any size, for timing the checker: every entity has an owner, references, rules and routes.

use std::fmt::Write as _;

/// The files of a design with so many entities: path and text, ten entities a file.
pub fn design(entities: usize) -> Vec<(String, String)> {
    let mut files = vec![(String::from("specs/overview.md"), overview())];
    for first in (0..entities).step_by(10) {
        let mut text = String::from("# Part of a large design\n\nSee @specs/overview.md#Service.\n");
        for number in first..entities.min(first + 10) {
            entity(&mut text, number, entities);
        }
        files.push((format!("specs/db/part-{:04}.md", first / 10), text));
    }
    files
}

fn overview() -> String {
    String::from(
        "# Service\n\nA large service.\n\n```groma\nservice Large { title \"Large\"; base /api }\n\nauth {\n  \
         issuer env BETTER_AUTH_URL jwks \"/api/auth/jwks\" algorithms EdDSA\n  audience env BETTER_AUTH_URL\n  \
         caller User from claim sub\n  roles user < admin from claim role default user\n}\n\n\
         entity User external table \"user\" { id: text(1..64) key; email: email internal }\n\n\
         enum Level { low, middle, high }\n```\n",
    )
}

fn entity(text: &mut String, number: usize, entities: usize) {
    let other = (number * 7 + 1) % entities;
    let _ = write!(
        text,
        "\n## Thing{number}\n\nA thing; its `Thing{number}.title` is shown in lists.\n\n```groma\n\
         entity Thing{number} {{\n  id: uuid key\n  title: text(1..200) trim\n  notes: text(..5000)?\n  \
         level: Level = low\n  due: date?\n  price: decimal(12, 2)?\n  done: bool = false\n  \
         other: Thing{other}? on delete set null\n  owner: User = caller readonly on delete cascade\n  timestamps\n  \
         index owner, due\n}}\n\n\
         access Thing{number} {{\n  allow create to authenticated\n  allow read, update, delete to owner\n  \
         allow read to admin when level != low or due == none\n  allow finish to owner\n}}\n\n\
         resource /things{number} for Thing{number} {{\n  list {{ filter level, due; search title, notes; \
         sort -created_at, due; page 20 max 100 }}\n  create {{ accept title, notes, level, due, price }}\n  read\n  \
         update {{ accept title, notes, level, due, price }}\n  delete\n  action finish {{ set done = true }}\n}}\n```\n"
    );
}
