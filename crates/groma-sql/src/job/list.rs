//! A page of rows.

use groma_ir::design::PageMode;
use groma_ir::http::Problem;
use groma_plan::{Cell, Envelope, Failure, Row, Value, encode_cursor, value_of};

use super::page::Embedding;
use super::read::item_plan;
use super::{Cx, Reply, Step};
use crate::bind::Statement;
use crate::cache::{Kind, list_detail};
use crate::columns::Columns;
use crate::statements;

/// `GET` of a list.
#[derive(Debug)]
pub(super) struct List {
    stage: Stage,
    columns: Columns,
    body: Vec<u8>,
    rows: u32,
    has_more: bool,
    has_parent: bool,
    /// The sort values of the page's last row.
    last: Vec<Value>,
    total: Option<i64>,
    embedding: Embedding,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Start,
    Rows,
    /// After a page without rows below another row: whether that is there.
    Parent,
    Count,
    Embed,
}

impl List {
    pub(super) fn new(cx: &Cx) -> Self {
        let mut list = Self {
            stage: Stage::Start,
            columns: columns(cx),
            body: Vec::with_capacity(256 * (cx.request.query.limit.min(256) as usize + 1)),
            rows: 0,
            has_more: false,
            has_parent: false,
            last: Vec::new(),
            total: None,
            embedding: Embedding::new(cx),
        };
        list.open(cx);
        list
    }

    fn open(&mut self, cx: &Cx) {
        match &cx.plan().envelope {
            Envelope::Object { items, .. } => {
                self.body.push(b'{');
                groma_plan::write_string(&mut self.body, items);
                self.body.extend_from_slice(b":[");
            }
            Envelope::Array | Envelope::None => self.body.push(b'['),
        }
    }

    pub(super) fn next(&mut self, cx: &Cx) -> Step {
        if self.stage == Stage::Start {
            self.stage = Stage::Rows;
            return cx.call(&statement(cx, Kind::Rows(cx.request.route), &self.columns), &[]);
        }
        if self.stage == Stage::Rows && self.rows == 0 && cx.has_parents() {
            self.stage = Stage::Parent;
            return cx.call(&cx.parent_statement(), &[]);
        }
        if self.stage == Stage::Parent && !self.has_parent {
            return Step::Done(Err(Failure::of(Problem::NotFound)));
        }
        if matches!(self.stage, Stage::Rows | Stage::Parent) && cx.request.query.count {
            self.stage = Stage::Count;
            return cx.call(&statement(cx, Kind::Count(cx.request.route), &self.columns), &[]);
        }
        self.stage = Stage::Embed;
        if let Some(step) = self.embedding.next(cx) {
            return step;
        }
        self.embedding.finish(cx, &mut self.body);
        Step::Done(Ok(self.close(cx)))
    }

    pub(super) fn row(&mut self, cx: &Cx, row: &dyn Row) {
        match self.stage {
            Stage::Start => {}
            Stage::Rows => self.item(cx, row),
            Stage::Parent => self.has_parent = true,
            Stage::Count => {
                if let Cell::Int(total) = row.cell(0) {
                    self.total = Some(total);
                }
            }
            Stage::Embed => self.embedding.row(cx, row),
        }
    }

    fn item(&mut self, cx: &Cx, row: &dyn Row) {
        let query = &cx.request.query;
        if self.rows == query.limit {
            self.has_more = true;
            return;
        }
        let Some(plan) = item_plan(cx) else { return };
        if self.rows > 0 {
            self.body.push(b',');
        }
        self.rows += 1;
        let written = plan.write(row, query.fields.as_deref(), &mut self.body);
        self.embedding.note(cx, row, written.end);
        if self.rows == query.limit {
            self.last = self.sort_values(cx, row);
        }
    }

    fn sort_values(&self, cx: &Cx, row: &dyn Row) -> Vec<Value> {
        let terms = cx.request.query.sort.iter().map(|term| {
            let cell = self
                .columns
                .position(term.field)
                .map_or(Cell::Null, |column| row.cell(column));
            match cell {
                Cell::Text(name) if !term.variants.is_empty() => {
                    let rank = term.variants.iter().position(|variant| variant == name);
                    rank.and_then(|rank| i64::try_from(rank).ok())
                        .map_or(Value::Null, Value::Int)
                }
                cell => value_of(term.class, cell),
            }
        });
        terms.collect()
    }

    fn close(&mut self, cx: &Cx) -> Reply {
        let query = &cx.request.query;
        let mut body = std::mem::take(&mut self.body);
        let (by_cursor, is_object) = match &cx.plan().envelope {
            Envelope::Object { cursor, .. } => (*cursor, true),
            Envelope::Array | Envelope::None => (is_by_cursor(cx), false),
        };
        let cursor = (self.has_more && by_cursor).then(|| encode_cursor(query, &self.last));
        body.push(b']');
        if is_object {
            self.write_rest(cx, by_cursor, cursor.as_deref(), &mut body);
        }
        let next = match &cursor {
            Some(cursor) => Some(("cursor", cursor.clone())),
            None if self.has_more => Some(("offset", (query.offset + u64::from(query.limit)).to_string())),
            None => None,
        };
        Reply {
            status: cx.plan().success.status,
            body,
            link: next.map(|(name, value)| cx.request.next_link(name, &value)),
            total: self.total.filter(|_| cx.plan().success.total),
            ..Reply::default()
        }
    }

    fn write_rest(&self, cx: &Cx, by_cursor: bool, cursor: Option<&str>, body: &mut Vec<u8>) {
        let query = &cx.request.query;
        if by_cursor {
            body.extend_from_slice(b",\"next_cursor\":");
            match cursor {
                Some(cursor) => groma_plan::write_string(body, cursor),
                None => body.extend_from_slice(b"null"),
            }
        } else {
            body.extend_from_slice(
                format!(",\"limit\":{},\"offset\":{}", query.limit, query.offset).as_bytes(),
            );
        }
        if let Some(total) = self.total {
            body.extend_from_slice(format!(",\"total\":{total}").as_bytes());
        }
        body.push(b'}');
    }
}

fn is_by_cursor(cx: &Cx) -> bool {
    list_of(cx).is_none_or(|list| list.page.mode == PageMode::Cursor)
}

fn list_of(cx: &Cx) -> Option<&groma_ir::design::List> {
    let model = cx.sql.model();
    model.design.resources[model.http.routes[cx.request.route].resource]
        .list
        .as_ref()
}

/// The item's columns, those that embedding needs, and those that the next page's cursor needs.
fn columns(cx: &Cx) -> Columns {
    let sort = cx.request.query.sort.iter().map(|term| term.field);
    let own = &cx.sql.prepared().route(cx.request.route).columns;
    let own = own.seen_by(cx.sql.model(), cx.plan().entity, &cx.caller.facts);
    sort.fold(own, Columns::with)
}

fn statement(cx: &Cx, kind: Kind, columns: &Columns) -> std::sync::Arc<Statement> {
    cx.statement(kind, list_detail(&cx.request.query), || {
        let shape = statements::list::Shape {
            entity: cx.plan().entity,
            params: &cx.sql.model().http.routes[cx.request.route].query,
            named: list_of(cx).map_or(&[], |list| &list.named),
            query: &cx.request.query,
            below: cx.below(),
            by_offset: !is_by_cursor(cx),
        };
        match kind {
            Kind::Count(_) => statements::list::count(cx.sql.context(), shape),
            _ => statements::list::rows(cx.sql.context(), shape, columns),
        }
    })
}
