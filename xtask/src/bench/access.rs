//! How long `groma check` takes where rules are many and lean on each other, and on each example.

use std::fmt::Write as _;

use super::check::{print_spread, write_design};
use crate::run::{self, Outcome, failure};

const ENTITIES: usize = 100;

/// Checks a tangle of rules and every example, and prints the spread of each.
pub(super) fn run() -> Outcome {
    let project = run::target().join("bench/access");
    let lines = write_design(&project.join("specs"), OVERVIEW, ENTITIES, entity)?;
    print_spread(&project)?;
    println!("  {ENTITIES} entities that ask each other, {lines} lines");
    let examples = run::root().join("examples");
    let entries = std::fs::read_dir(&examples)
        .map_err(|error| failure(format!("cannot read {}: {error}", examples.display())))?;
    let mut folders: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    folders.retain(|folder| folder.join("specs").is_dir());
    folders.sort();
    for folder in folders {
        print_spread(&folder)?;
        println!(
            "  {}",
            folder.strip_prefix(run::root()).unwrap_or(&folder).display()
        );
    }
    Ok(())
}

const OVERVIEW: &str = "\
# A service full of rules

```groma
service Tangle { title \"A service full of rules\"; base /api }

auth {
  issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA
  audience env API_AUDIENCE
  caller User from claim sub
  claims level: int from claim level
  roles user < helper < editor < admin from claim role default user
}

entity User external table \"user\" {
  id: text(1..64) key
}

enum State { draft, review, open, closed }
```
";

/// One entity with its rules and its routes; three of four ask for rights on the one before.
fn entity(number: usize) -> String {
    let parent = (!number.is_multiple_of(4)).then(|| format!("Part{}", number - 1));
    let mut text = format!("\n## Part {number}\n\n```groma\nentity Part{number} {{\n");
    if let Some(parent) = &parent {
        let _ = writeln!(text, "  parent: {parent}? on delete set null");
    }
    text.push_str(MEMBERS);
    let (reads, updates, guard) = match &parent {
        None => ("", "", ""),
        Some(_) => (
            ", can read parent",
            ", can update parent",
            "  deny create, update(parent) to everyone except can update new.parent when new.parent != none\n",
        ),
    };
    let accept = if parent.is_some() { ", parent" } else { "" };
    let _ = write!(
        text,
        "\
}}

access Part{number} {{
  allow create to authenticated
  allow read to owner, view, helper{reads}
  allow read to everyone when state == open and stars > 2
  allow update to owner, edit{updates} when state != closed
  allow delete to owner when state == draft and stars < 5
  allow share to owner
  allow publish, close to owner, editor
  allow all to admin
{guard}  deny delete to everyone except admin when due < now
  guarantee delete only owner, admin
  guarantee update only owner, edit{updates}, admin
}}

resource /parts{number} for Part{number} {{
  list {{ filter state; page 20 max 100 }}
  create {{ accept title, stars, due{accept} }}
  read
  update {{ accept title, stars, due{accept} }}
  delete
  action publish {{ from draft, review to open }}
  action close {{ from open to closed }}
}}
```
"
    );
    text
}

/// What all entities have.
const MEMBERS: &str = "  id: uuid key
  title: text(1..200) trim
  state: State = draft readonly
  stars: int(0..9) = 0
  due: datetime?
  owner: User = caller readonly
  shared with User as view < edit
  states state { draft -> review, open; review -> open; open -> closed }
";
