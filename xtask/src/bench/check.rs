//! How long `groma check` takes on a design of 1,000 entities in 100 files, with rules and routes for each.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::run::{self, Outcome, failure};

const ENTITIES: usize = 1_000;
const PER_FILE: usize = 10;
const RUNS: usize = 21;

/// Writes the design, checks it again and again, and prints the spread.
pub(super) fn run() -> Outcome {
    let project = run::target().join("bench/check");
    let lines = write_design(&project.join("specs"), OVERVIEW, ENTITIES, entity)?;
    print_spread(&project)?;
    println!("  {ENTITIES} entities, {lines} lines, {RUNS} runs, the whole process");
    Ok(())
}

/// Checks a project again and again, and prints how long that takes.
pub(super) fn print_spread(project: &Path) -> Outcome {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        times.push(timed_check(project)?);
    }
    times.sort();
    let (best, middle, worst) = (times.first(), times.get(RUNS / 2), times.last());
    for (name, time) in [("best", best), ("median", middle), ("worst", worst)] {
        println!(
            "  {name:<7} {:>7.1} ms",
            time.map_or(0.0, |time| time.as_secs_f64() * 1e3)
        );
    }
    Ok(())
}

fn timed_check(project: &Path) -> Outcome<Duration> {
    let mut check = run::in_root(run::target().join("release/groma"));
    check.arg("check").arg(project).stdout(Stdio::null());
    let start = Instant::now();
    let output = check
        .output()
        .map_err(|error| failure(format!("cannot start groma: {error}")))?;
    let took = start.elapsed();
    if output.status.success() {
        Ok(took)
    } else {
        Err(failure(format!(
            "the generated design is refused:\n{}",
            String::from_utf8_lossy(&output.stderr)
        )))
    }
}

/// Writes an overview and so many entities, some to a file; gives the number of lines.
pub(super) fn write_design(
    specs: &Path,
    overview: &str,
    entities: usize,
    entity: fn(usize) -> String,
) -> Outcome<usize> {
    let put = |name: &str, text: &str| {
        std::fs::create_dir_all(specs)
            .and_then(|()| std::fs::write(specs.join(name), text))
            .map(|()| text.lines().count())
            .map_err(|error| failure(format!("cannot write the design: {error}")))
    };
    let mut lines = put("overview.md", overview)?;
    for file in 0..entities / PER_FILE {
        let text: String = (file * PER_FILE..(file + 1) * PER_FILE).map(entity).collect();
        lines += put(&format!("part{file:03}.md"), &text)?;
    }
    Ok(lines)
}

const OVERVIEW: &str = "\
# A large service

```groma
service Large { title \"A large service\"; base /api }

auth {
  issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA
  caller User from claim sub
  roles user < admin from claim role default user
}

entity User external table \"user\" {
  id: text(1..64) key
  email: email unique internal
}
```
";

/// One entity with its rules and its routes; each but the first refers to the one before.
fn entity(number: usize) -> String {
    let mut text =
        format!("\n## Part {number}\n\nWhat `Part{number}.title` says is for people.\n\n```groma\n");
    let parent = number.checked_sub(1).map_or(String::new(), |before| {
        format!("  parent: Part{before}? on delete set null\n")
    });
    let _ = write!(
        text,
        "\
enum Kind{number} {{ first, second, third }}

entity Part{number} {{
  id: uuid key
  title: text(1..200) trim
  notes: text(..5000)?
  kind: Kind{number} = first
  amount: decimal(10, 2)?
  count: int(0..1000) = 0
  due: date?
  done: bool = false
  tags: [text(1..30)](..10) = []
{parent}  owner: User = caller readonly
  timestamps
  index owner, kind, due
}}

access Part{number} {{
  allow create to authenticated
  allow read, update to owner
  allow delete to owner when done == true
  allow all to admin
}}

resource /parts{number} for Part{number} {{
  list {{ filter kind, due, done; search title, notes; sort -created_at, due, title; page 20 max 100 }}
  create {{ accept title, notes, kind, amount, count, due, done, tags }}
  read
  update {{ accept title, notes, kind, amount, count, due, done, tags }}
  delete
}}
```
"
    );
    text
}
