//! A request as a line of a table, and the test of several of them.

use crate::access_tests::{table, uniform};
use crate::python::{Block, Doc, WIDTH, string};

use super::{Changes, calls};

/// A request, and what comes of it.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) claims: Doc,
    pub(super) rows: Doc,
    /// `PATCH`.
    pub(super) method: &'static str,
    pub(super) path: Doc,
    pub(super) body: Doc,
    pub(super) status: u16,
    /// The members of the answer, or those that the request changes.
    pub(super) wanted: Doc,
    pub(super) read: Read,
}

/// How a row is read.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Read {
    /// At this path, with this behind the answer's JSON: `["items"][0]`.
    At(Doc, String),
    /// Where the answer says that it is.
    Location,
    /// In no way that is known.
    Nowhere,
}

/// What is in the place of each column: its name, or the value of all lines.
pub(super) struct Cells {
    caller: Doc,
    method: Doc,
    path: Doc,
    body: Doc,
    status: Doc,
    wanted: Doc,
    /// The path at which the row is read, and what stands behind.
    item: Option<(Doc, String)>,
}

impl Changes<'_, '_> {
    /// The test of some lines that read the row alike.
    pub(super) fn table(
        &mut self,
        name: &str,
        lines: &[Line],
        write: impl FnOnce(&mut Block, &Cells),
    ) -> Option<()> {
        let read = &lines.first()?.read;
        let mut columns = Vec::new();
        let all = |value: &dyn Fn(&Line) -> Doc| lines.iter().map(value).collect::<Vec<Doc>>();
        let is_object = lines.iter().all(|line| matches!(line.body, Doc::Group { .. }));
        let body = if is_object { "dict[str, Any]" } else { "object" };
        let claims = all(&|line| line.claims.clone());
        let claims = self
            .has_callers()
            .then(|| uniform(&mut columns, ("claims", "dict[str, Any] | None"), claims));
        let rows = all(&|line| line.rows.clone());
        let rows = uniform(&mut columns, ("rows", "list[SQLModel]"), rows);
        let method = all(&|line| Doc::text(string(line.method)));
        let method = uniform(&mut columns, ("method", "str"), method);
        let path = uniform(&mut columns, ("path", "str"), all(&|line| line.path.clone()));
        let body = uniform(&mut columns, ("body", body), all(&|line| line.body.clone()));
        let status = all(&|line| Doc::text(line.status.to_string()));
        let status = uniform(&mut columns, ("status", "int"), status);
        let wanted = all(&|line| line.wanted.clone());
        let wanted = uniform(&mut columns, ("wanted", "dict[str, Any]"), wanted);
        let item = match read {
            Read::At(_, behind) => {
                let at = |line: &Line| match &line.read {
                    Read::At(path, _) => path.clone(),
                    Read::Location | Read::Nowhere => Doc::text("None"),
                };
                let item = uniform(&mut columns, ("item", "str"), all(&at));
                Some((item, behind.clone()))
            }
            Read::Location | Read::Nowhere => None,
        };
        let imports = &mut self.module.imports;
        if !columns.is_empty() {
            imports.module("pytest");
        }
        if columns.iter().any(|column| column.ty.contains("Any")) {
            imports.name("typing", "Any");
        }
        if columns.iter().any(|column| column.ty.contains("SQLModel")) {
            imports.name("sqlmodel", "SQLModel");
        }
        let cells = Cells {
            caller: calls(claims, rows),
            method,
            path,
            body,
            status,
            wanted,
            item,
        };
        let ids = lines.iter().map(|line| Doc::prose(line.id.as_str())).collect();
        let block = table((name, self.fixtures()), &columns, ids, |block| {
            write(block, &cells);
        });
        self.module.push(block);
        Some(())
    }
}

impl Cells {
    /// `caller = calls(...)`
    pub(super) fn call(&self, block: &mut Block) {
        block.statement("caller = ", &self.caller, "");
    }

    /// `before = caller.get(...).json()`
    pub(super) fn before(&self, block: &mut Block) {
        if let Some(item) = self.item() {
            block.statement("before = ", &item, "");
        }
    }

    /// Sends the request, which is done.
    pub(super) fn send(&self, block: &mut Block) {
        let body = bound(block, "body", &self.body);
        let method = self.method.flat();
        let mut plain = ["POST", "PUT", "PATCH", "GET"].into_iter();
        let plain = plain.find(|plain| string(plain) == method);
        let has_body = body.flat() != "None" || !matches!(plain, Some("POST" | "GET"));
        let body = has_body.then_some(body);
        let call = match plain {
            Some(plain) => Doc::call(
                format!("caller.{}", plain.to_lowercase()),
                std::iter::once(self.path.clone()).chain(body),
            ),
            None => Doc::call(
                "caller.send",
                [self.method.clone(), self.path.clone()].into_iter().chain(body),
            ),
        };
        block.statement("answer = ", &call, "");
        let status = self.status.flat();
        block.line(&format!("assert answer.status_code == {status}, answer.text"));
    }

    /// `assert answer.json() == before | wanted`
    pub(super) fn shows(&self, block: &mut Block, head: &str) {
        let wanted = bound(block, "wanted", &self.wanted).flat();
        let wanted = match wanted.as_str() {
            "{}" => head.trim_end_matches(" | ").to_owned(),
            wanted => format!("{head}{wanted}"),
        };
        block.line(&format!("assert answer.json() == {wanted}"));
    }

    /// `assert caller.get(...).json() == answer.json()`
    pub(super) fn stays(&self, block: &mut Block) {
        let item = self.item();
        let item = item.unwrap_or_else(|| Doc::text("caller.get(answer.headers[\"location\"]).json()"));
        let line = format!("assert {} == answer.json()", item.flat());
        if line.len() + 4 <= WIDTH {
            block.line(&line);
        } else {
            block.statement("found = ", &item, "");
            block.line("assert found == answer.json()");
        }
    }

    fn item(&self) -> Option<Doc> {
        let (path, behind) = self.item.as_ref()?;
        let get = Doc::call("caller.get", [path.clone()]);
        Some(Doc::join([get, Doc::text(format!(".json(){behind}"))]))
    }
}

/// A dictionary by a name of its own; what is a name already, as it is.
pub(super) fn bound(block: &mut Block, name: &str, value: &Doc) -> Doc {
    match value {
        Doc::Group { open, items, .. } if open == "{" && !items.is_empty() => {
            block.statement(&format!("{name} = "), value, "");
            Doc::text(name)
        }
        other => other.clone(),
    }
}
