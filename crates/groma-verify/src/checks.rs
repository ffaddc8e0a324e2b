//! The checks, in the order in which they run.
//!
//! Each walks the lowered views and makes calls; what is right is the oracle's to say.

mod about;
mod access;
mod alike;
mod assignment;
mod below;
mod boundary;
mod breakable;
mod bypass;
mod change;
mod concealed;
mod conditions;
mod filters;
mod input;
mod inputs;
mod let_in;
mod lists;
mod pages;
mod protocol;
mod put;
mod races;
mod random;
mod references;
mod removal;
mod retries;
mod revocation;
mod round_trip;
mod shape;
mod sorting;
mod states;
mod tokens;
mod unique;
mod versions;

pub(crate) use about::is_about;
pub(crate) use access::body_for;

use crate::catalogue::{self, Check};
use crate::fixtures;
use crate::net::NetError;
use crate::session::Session;
use crate::target::Progress;

/// A step of a run: the checks that it serves, and what it does.
struct Step {
    checks: &'static [&'static Check],
    run: fn(&mut Session<'_>) -> Result<(), NetError>,
}

static STEPS: &[Step] = &[
    Step {
        checks: &[
            &catalogue::J01,
            &catalogue::J02,
            &catalogue::J03,
            &catalogue::J04,
            &catalogue::J05,
            &catalogue::J06,
            &catalogue::J07,
            &catalogue::J08,
            &catalogue::J10,
            &catalogue::J11,
        ],
        run: tokens::run,
    },
    Step {
        checks: &[&catalogue::E03, &catalogue::E07],
        run: protocol::run,
    },
    Step {
        checks: &[&catalogue::F01, &catalogue::V10],
        run: round_trip::run,
    },
    Step {
        checks: &[&catalogue::F01, &catalogue::Z04, &catalogue::C02],
        run: put::run,
    },
    Step {
        checks: &[&catalogue::F03, &catalogue::Z05, &catalogue::Z01, &catalogue::Z02],
        run: lists::run,
    },
    Step {
        checks: &[&catalogue::Z07],
        run: lists::run_narrowing,
    },
    Step {
        checks: &[&catalogue::F04],
        run: filters::run,
    },
    Step {
        checks: &[&catalogue::Z06],
        run: concealed::run,
    },
    Step {
        checks: &[&catalogue::F05],
        run: sorting::run,
    },
    Step {
        checks: &[&catalogue::F06],
        run: pages::run,
    },
    Step {
        checks: &[&catalogue::F07],
        run: change::run,
    },
    Step {
        checks: &[
            &catalogue::V01,
            &catalogue::V02,
            &catalogue::V03,
            &catalogue::V04,
            &catalogue::V05,
            &catalogue::V07,
        ],
        run: input::run,
    },
    Step {
        checks: &[&catalogue::V06, &catalogue::V09, &catalogue::E04],
        run: shape::run,
    },
    Step {
        checks: &[&catalogue::V11],
        run: conditions::run,
    },
    Step {
        checks: &[&catalogue::V08],
        run: references::run,
    },
    Step {
        checks: &[&catalogue::Z01, &catalogue::Z02, &catalogue::Z03, &catalogue::Z04],
        run: access::run,
    },
    Step {
        checks: &[&catalogue::Z09],
        run: assignment::run_injection,
    },
    Step {
        checks: &[&catalogue::Z10],
        run: assignment::run_transfer,
    },
    Step {
        checks: &[&catalogue::C04],
        run: unique::run,
    },
    Step {
        checks: &[&catalogue::C04],
        run: races::run_creates,
    },
    Step {
        checks: &[&catalogue::C05],
        run: retries::run,
    },
    Step {
        checks: &[&catalogue::Z13],
        run: boundary::run,
    },
    Step {
        checks: &[&catalogue::Z12],
        run: alike::run,
    },
    Step {
        checks: &[&catalogue::Z12, &catalogue::Z11],
        run: below::run,
    },
    Step {
        checks: &[&catalogue::Z16],
        run: bypass::run,
    },
    Step {
        checks: &[&catalogue::C01, &catalogue::C02],
        run: versions::run,
    },
    Step {
        checks: &[&catalogue::C03],
        run: races::run_changes,
    },
    Step {
        checks: &[&catalogue::F09],
        run: states::run,
    },
    Step {
        checks: &[&catalogue::F09],
        run: inputs::run,
    },
    Step {
        checks: &[&catalogue::Z14],
        run: revocation::run,
    },
    Step {
        checks: &[&catalogue::F08],
        run: removal::run,
    },
    Step {
        checks: &[&catalogue::F10],
        run: random::run,
    },
    // Once more at the end: nothing that was refused has left a row behind.
    Step {
        checks: &[&catalogue::F03, &catalogue::Z05],
        run: lists::run,
    },
];

/// Makes the rows, then runs every check that was asked for; nothing of it where no token is let in at all, for then
/// every check would say so once more. Gives whether the run came to its end.
pub(crate) fn run(cx: &mut Session<'_>) -> Result<bool, NetError> {
    if !let_in::run(cx)? {
        for check in catalogue::ALL {
            cx.ledger.cut(check, "the service lets no token in");
        }
        leave_out_unasked(cx);
        return Ok(false);
    }
    let mut left = STEPS.iter();
    let result = run_steps(cx, &mut left);
    if result.is_err() {
        let open: Vec<&'static Check> = left.flat_map(|step| step.checks.iter().copied()).collect();
        for check in open {
            cx.ledger.cut(check, "the run stopped early");
        }
    }
    about::explain(cx);
    leave_out_unasked(cx);
    result.map(|()| true)
}

fn leave_out_unasked(cx: &mut Session<'_>) {
    for check in catalogue::ALL.iter().filter(|check| !cx.target.wants(check.id)) {
        cx.ledger.leave_out(check);
    }
}

fn run_steps(cx: &mut Session<'_>, left: &mut std::slice::Iter<'_, Step>) -> Result<(), NetError> {
    tell(cx, &catalogue::F01);
    fixtures::lay(cx)?;
    // A step counts as left open until it is through.
    while let Some(step) = left.as_slice().first() {
        if step.checks.iter().any(|check| runs(cx, check)) {
            if let Some(first) = step.checks.first() {
                tell(cx, first);
            }
            (step.run)(cx)?;
        }
        left.next();
    }
    Ok(())
}

/// Whether a check is to be run: it was asked for, or one that watches every answer was and needs answers.
fn runs(cx: &Session<'_>, check: &Check) -> bool {
    let is_asked_first = |check: &Check| *check == catalogue::J09;
    let watches =
        |check: &&&Check| !STEPS.iter().any(|step| step.checks.contains(*check)) && !is_asked_first(check);
    cx.target.wants(check.id)
        || catalogue::ALL
            .iter()
            .filter(watches)
            .any(|watching| cx.target.wants(watching.id))
}

fn tell(cx: &Session<'_>, check: &'static Check) {
    (cx.target.progress)(&Progress {
        check: check.id,
        requests: cx.client.sent(),
        findings: cx.ledger.len(),
    });
}
