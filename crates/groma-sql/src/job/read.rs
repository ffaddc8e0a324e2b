//! One item, and a report.

use groma_ir::http::{Operation, Problem};
use groma_plan::{Failure, ItemPlan, Row, tag};

use super::page::Embedding;
use super::{Cx, Outcome, Reply, Step};
use crate::bind::Statement;
use crate::cache::Kind;
use crate::statements;

/// `GET` of one item.
#[derive(Debug)]
pub(super) struct Get {
    stage: Stage,
    /// The whole item, for its tag.
    item: Option<Vec<u8>>,
    /// The item as it is answered.
    body: Vec<u8>,
    embedding: Embedding,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Start,
    Row,
    Embed,
}

impl Get {
    pub(super) fn new(cx: &Cx) -> Self {
        Self {
            stage: Stage::Start,
            item: None,
            body: Vec::new(),
            embedding: Embedding::new(cx),
        }
    }

    pub(super) fn next(&mut self, cx: &Cx) -> Step {
        if self.stage == Stage::Start {
            self.stage = Stage::Row;
            return cx.call(&get_statement(cx), &[]);
        }
        let Some(item) = &self.item else {
            return Step::Done(Err(Failure::of(Problem::NotFound)));
        };
        self.stage = Stage::Embed;
        if let Some(step) = self.embedding.next(cx) {
            return step;
        }
        let embedded = self.embedding.finish(cx, &mut self.body);
        let etag = tag(item, embedded.as_deref());
        Step::Done(Ok(answered(cx, etag, std::mem::take(&mut self.body))))
    }

    pub(super) fn row(&mut self, cx: &Cx, row: &dyn Row) {
        match self.stage {
            Stage::Start => {}
            Stage::Row => {
                let Some(plan) = item_plan(cx) else { return };
                let mut item = Vec::with_capacity(512);
                plan.write(row, None, &mut item);
                let end = match &cx.request.query.fields {
                    None => {
                        self.body.extend_from_slice(&item);
                        self.body.len() - 1
                    }
                    Some(fields) => plan.write(row, Some(fields), &mut self.body).end,
                };
                self.embedding.note(cx, row, end);
                self.item = Some(item);
            }
            Stage::Embed => self.embedding.row(cx, row),
        }
    }
}

fn get_statement(cx: &Cx) -> std::sync::Arc<Statement> {
    let facts = cx.caller.facts;
    cx.statement(Kind::Get(cx.request.route), Vec::new(), || {
        let plan = cx.plan();
        let key = plan
            .key_field
            .unwrap_or(cx.sql.model().tables.of(plan.entity).key);
        let columns = &cx.sql.prepared().route(cx.request.route).columns;
        let columns = columns.seen_by(cx.sql.model(), plan.entity, &facts);
        statements::item::get(cx.sql.context(), (plan.entity, key), &columns, cx.below())
    })
}

/// How the route's item is written.
pub(super) fn item_plan(cx: &Cx) -> Option<&ItemPlan> {
    cx.plan().item.map(|schema| cx.sql.plans().item(schema))
}

/// The answer, or 304 where the client has it already.
fn answered(cx: &Cx, etag: String, body: Vec<u8>) -> Reply {
    let is_known = cx
        .request
        .if_none_match
        .as_ref()
        .is_some_and(|tags| tags.match_answer(&etag));
    let etag = Some(etag).filter(|_| cx.plan().has_tag());
    if is_known {
        return Reply {
            status: 304,
            etag,
            ..Reply::default()
        };
    }
    Reply {
        status: cx.plan().success.status,
        body,
        etag,
        ..Reply::default()
    }
}

/// Where a report is: the numbers of what lies below a row are asked for when that is there.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum ReportStage {
    #[default]
    Start,
    Parent,
    Numbers,
}

/// `GET` of a report.
#[derive(Default, Debug)]
pub(super) struct Report {
    stage: ReportStage,
    has_parent: bool,
    body: Vec<u8>,
}

impl Report {
    pub(super) fn next(&mut self, cx: &Cx) -> Step {
        let Operation::Report(id) = cx.plan().operation else {
            return Step::Done(internal());
        };
        if self.stage == ReportStage::Start && cx.has_parents() {
            self.stage = ReportStage::Parent;
            return cx.call(&cx.parent_statement(), &[]);
        }
        if self.stage == ReportStage::Parent && !self.has_parent {
            return Step::Done(Err(Failure::of(Problem::NotFound)));
        }
        if self.stage == ReportStage::Numbers {
            let body = std::mem::take(&mut self.body);
            return Step::Done(Ok(Reply {
                status: cx.plan().success.status,
                body,
                ..Reply::default()
            }));
        }
        self.stage = ReportStage::Numbers;
        let statement = cx.statement(Kind::Report(cx.request.route), Vec::new(), || {
            let model = cx.sql.model();
            let report = &model.design.resources[model.http.routes[cx.request.route].resource].reports[id];
            statements::report::report(cx.sql.context(), cx.plan().entity, report, cx.below())
        });
        cx.call(&statement, &[])
    }

    pub(super) fn row(&mut self, cx: &Cx, row: &dyn Row) {
        if self.stage == ReportStage::Parent {
            self.has_parent = true;
        } else if let Some(plan) = &cx.plan().report {
            plan.write(row, &mut self.body);
        }
    }
}

/// A defect of ours: the statements said what they cannot say.
pub(super) fn internal() -> Outcome {
    Err(Failure::of(Problem::Internal))
}
