//! What statements let through is what the rules say: on random designs, rows, callers and requests.
//!
//! The rules are read by `groma_ir::sample::judge`, which knows no predicate. A disagreement is printed with the
//! design, made as small as it stays one.

mod asked;
mod draft;
mod judged;
mod rng;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use asked::Asked;
use draft::Draft;
use groma_diag::Sources;
use groma_ir::Model;
use judged::Case;
use rng::Rng;
use world::{Databases, World};

/// How many requests are judged in all.
const CASES: usize = 100_000;
/// How many of them on Postgres too, if the environment says nothing else.
const ON_BOTH: usize = 4_000;
/// How many of them a design gets.
const PER_DESIGN: usize = 400;

#[test]
fn statements_let_through_what_the_rules_say() {
    judge(CASES, Databases::Sqlite);
}

/// `GROMA_FUZZ=100000` is as many as on SQLite, and takes minutes.
#[test]
fn statements_on_postgres_let_through_the_same() {
    let cases = std::env::var("GROMA_FUZZ")
        .ok()
        .and_then(|cases| cases.parse().ok());
    judge(cases.unwrap_or(ON_BOTH), Databases::Both);
}

fn judge(cases: usize, databases: Databases) {
    let mut seed = 0;
    let mut judged = 0;
    let mut let_through = 0;
    while judged < cases {
        seed += 1;
        let draft = Draft::random(&mut Rng::new(seed));
        let Some(model) = compiled(&draft.text()) else {
            continue;
        };
        judged += PER_DESIGN;
        match run(model, seed, databases) {
            Ok(some) => let_through += some,
            Err(found) => {
                let (draft, found) = smaller(draft, seed, (databases, found));
                panic!("seed {seed}:\n{}\n{found}", draft.text());
            }
        }
    }
    let percent = let_through * 100 / judged;
    assert!(
        (25..75).contains(&percent),
        "{percent} of a hundred are let through: that tries little"
    );
}

/// Judges the requests that a seed gives; how many are let through.
fn run(model: Model, seed: u64, databases: Databases) -> Result<usize, String> {
    let mut rng = Rng::new(!seed);
    let world = World::new(model, &mut rng, databases);
    let mut let_through = 0;
    for _ in 0..PER_DESIGN {
        let asked = Asked::random(&mut rng, &world);
        let checked = catch_unwind(AssertUnwindSafe(|| Case::check(&world, &asked)));
        let checked = checked.unwrap_or_else(|panic| {
            let text = panic.downcast::<String>();
            Err(text.map_or_else(|_| "a panic".to_owned(), |text| *text))
        });
        let is_let_through = checked.map_err(|found| {
            let caller = &world.callers[asked.who];
            format!(
                "{found}\ncaller: {caller:?}\nasked: {asked:?}\nrows: {:#?}",
                world.tables
            )
        })?;
        let_through += usize::from(is_let_through);
    }
    Ok(let_through)
}

/// The same disagreement, or another one, with as few rules as it needs.
fn smaller(mut draft: Draft, seed: u64, (databases, mut found): (Databases, String)) -> (Draft, String) {
    for entity in 0..draft.entities.len() {
        for rule in (0..draft.entities[entity].rules.len()).rev() {
            let mut less = draft.clone();
            less.entities[entity].rules.remove(rule);
            let Some(model) = compiled(&less.text()) else {
                continue;
            };
            if let Err(still) = run(model, seed, databases) {
                (draft, found) = (less, still);
            }
        }
    }
    (draft, found)
}

fn compiled(text: &str) -> Option<Model> {
    let mut sources = Sources::new();
    sources.add("fuzz.groma", text);
    groma_sema::compile(&sources).design.map(Model::new)
}
