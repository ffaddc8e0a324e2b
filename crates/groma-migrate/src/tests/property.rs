//! Random schemas and changes: what a plan does to a model. What it does to databases, the runner's room holds it to.

use groma_sql::Dialect;
use groma_sql::schema::Schema;

use crate::sample::{brought_back, pair};
use crate::{Migration, same};

const PAIRS: u64 = 400;

/// The schema behind the way back.
fn back(from: &Schema, migrations: &[Migration]) -> Schema {
    let mut schema = from.clone();
    for step in migrations
        .iter()
        .rev()
        .flat_map(|migration| migration.steps.iter().rev())
    {
        for op in &step.undo.ops {
            op.apply(&mut schema);
        }
    }
    schema
}

#[test]
fn a_plan_leads_to_its_target_and_its_way_back_to_its_source() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        for seed in 0..PAIRS {
            let (old, mut next) = pair(seed);
            let plan = next.answered(&old, dialect).plan;
            let (source, target) = (old.schema(dialect), next.draft.schema(dialect));
            assert!(!plan.is_blocked(), "{dialect:?} {seed}: {:?}", plan.questions);
            let reached = plan.migrations.last().map_or(&source, |last| &last.reached);
            assert!(
                same(reached, &target),
                "{dialect:?} {seed}: {reached:#?} is not {target:#?}"
            );
            let again = back(&target, &plan.migrations);
            let source_then = brought_back(&source, &plan.migrations);
            assert!(
                same(&again, &source_then),
                "{dialect:?} {seed}: back: {again:#?} is not {source_then:#?}"
            );
            if same(&source, &target) {
                assert!(
                    plan.is_empty(),
                    "{dialect:?} {seed}: nothing differs, and there is {plan:#?}"
                );
            }
        }
    }
}
