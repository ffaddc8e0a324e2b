//! What a runner tells, on the standard error: a line for each thing that it does. Where somebody looks at it, progress is
//! one line that changes; elsewhere it is a line every few seconds.

use std::time::Duration;

use groma_database::runner::Event;

use crate::words::count;
use crate::world::{self, Stopwatch};

/// How long a line of progress stands before the next one, where all of them stay.
const STAYS: Duration = Duration::from_secs(5);
/// And where it is written over.
const CHANGES: Duration = Duration::from_millis(100);

/// Tells what happens.
pub(super) struct Teller {
    /// Whether a line that is written over is seen as one.
    is_looked_at: bool,
    /// When progress was told last.
    last: Option<Stopwatch>,
    /// Whether a line stands there that is to be written over.
    is_open: bool,
}

impl Teller {
    pub(super) fn new() -> Self {
        Self {
            is_looked_at: world::is_looked_at(),
            last: None,
            is_open: false,
        }
    }

    pub(super) fn tell(&mut self, event: &Event) {
        if let Event::Progress { said } = event {
            return self.progress(&format!("     {said}"));
        }
        self.close();
        self.last = None;
        if let Some(said) = said(event) {
            world::say(&format!("{said}\n"));
        }
    }

    fn progress(&mut self, line: &str) {
        let pause = if self.is_looked_at { CHANGES } else { STAYS };
        if self.last.is_some_and(|last| last.elapsed() < pause) {
            return;
        }
        self.last = Some(Stopwatch::start());
        if self.is_looked_at {
            world::say_over(line);
            self.is_open = true;
        } else {
            world::say(&format!("{line}\n"));
        }
    }

    /// Leaves nothing of a line that changes.
    fn close(&mut self) {
        if std::mem::take(&mut self.is_open) {
            world::say_over("");
        }
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.close();
    }
}

fn said(event: &Event) -> Option<String> {
    Some(match event {
        Event::Waits { holder } => format!(
            "another run of migrations is at work ({}); waiting for it",
            holder.as_deref().unwrap_or("nobody says who")
        ),
        Event::Begins {
            migration,
            done: 0,
            of,
        } => format!("{migration}: {}", count(*of, "step", "steps")),
        Event::Begins { migration, done, of } => {
            format!("{migration}: goes on behind step {done} of {of}")
        }
        Event::Step { number, title } => format!("  {number}. {title}"),
        Event::Again { why } => format!("     others are in the way, trying again: {why}"),
        Event::Progress { .. } | Event::Ends { .. } => return None,
    })
}
