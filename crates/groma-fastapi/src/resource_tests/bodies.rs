//! Bodies and queries that do not fit: told before anybody looks for a row.

use groma_ir::http::{MemberKind, Operation, ParamKind, Route, SchemaKind};

use super::{Tests, asked, samples};
use crate::python::{Block, Doc, WIDTH, string};
use crate::service::function_of;

impl<'m> Tests<'_, 'm> {
    /// The members of a body.
    pub(super) fn members(&self, route: &'m Route) -> Option<(&'m [groma_ir::http::Member], bool)> {
        let schema = &self.cx.model.http.schemas[route.body?];
        match &schema.kind {
            SchemaKind::Input(members) => Some((members, true)),
            SchemaKind::Patch(members) => Some((members, false)),
            SchemaKind::Item(_)
            | SchemaKind::Page { .. }
            | SchemaKind::Array(_)
            | SchemaKind::Report(_)
            | SchemaKind::Problem
            | SchemaKind::ValidationProblem => None,
        }
    }

    /// A body that fits: what must be in it. None where no value is known to fit.
    pub(super) fn valid_body(&self, route: &'m Route) -> Option<Doc> {
        let Some((members, _)) = self.members(route) else {
            return Some(Doc::text("None"));
        };
        let mut pairs = Vec::new();
        for member in members.iter().filter(|member| member.required) {
            let (MemberKind::Field(_, ty) | MemberKind::Input(_, ty)) = &member.kind else {
                return None;
            };
            pairs.push((string(&member.name), Doc::text(samples::sent(self.cx, ty)?)));
        }
        Some(Doc::dict(pairs))
    }

    pub(super) fn bodies(&mut self) {
        let routes: Vec<&'m Route> = self.cx.routes(self.package).map(|(_, route)| route).collect();
        for route in routes {
            self.body(route);
        }
    }

    fn body(&mut self, route: &'m Route) {
        let Some((members, is_whole)) = self.members(route) else {
            return;
        };
        let (Some(caller), Some(Doc::Group { items: valid, .. })) =
            (self.caller(route), self.valid_body(route))
        else {
            return;
        };
        let with = |name: &str, value: &str| {
            let member = Doc::text(format!("{}: {value}", string(name)));
            let prefix = format!("{}: ", string(name));
            let others = valid
                .iter()
                .filter(|item| is_whole && !item.flat().starts_with(&prefix));
            braces(others.cloned().chain([member]))
        };
        let mut cases = vec![case(
            with("no_such_member", "1"),
            "/no_such_member",
            "extra_forbidden",
        )];
        for member in members {
            let pointer = format!("/{}", member.name);
            if member.required && is_whole {
                let prefix = format!("{}: ", string(&member.name));
                let others = valid.iter().filter(|item| !item.flat().starts_with(&prefix));
                cases.push(case(braces(others.cloned()), &pointer, "missing"));
            }
            let (MemberKind::Field(_, ty) | MemberKind::Input(_, ty)) = &member.kind else {
                continue;
            };
            for (value, code) in samples::unfit(self.cx, ty) {
                cases.push(case(with(&member.name, &value), &pointer, code.name()));
            }
        }
        cases.push(case(Doc::text("[]"), "", "model_attributes_type"));
        self.module.imports.name("tests.conftest", "mistakes");
        let mut block = Block::new();
        let names = ["body", "wanted"].map(|name| Doc::text(string(name)));
        let table = [Doc::tuple(names), Doc::list(cases)];
        block.statement("@", &Doc::call("pytest.mark.parametrize", table), "");
        let name = function_of(route);
        let head = Doc::call(
            format!("def {}", test_name(&name)),
            [
                Doc::text(format!("{caller}: Person")),
                Doc::text("body: object"),
                Doc::text("wanted: tuple[str, str]"),
            ],
        );
        block.statement("", &head, " -> None:");
        let method = string(route.method.name());
        block.inner(|body| {
            let sent = Doc::call(
                format!("{caller}.send"),
                [
                    Doc::text(method),
                    Doc::text(asked(route, &caller, "")),
                    Doc::text("body"),
                ],
            );
            body.statement("answer = ", &sent, "");
            body.line("assert mistakes(answer) == [wanted]");
        });
        self.module.push(block);
    }

    pub(super) fn queries(&mut self) {
        let mut routes = self.cx.routes(self.package).map(|(_, route)| route);
        let Some(route) = routes.find(|route| route.operation == Operation::List) else {
            return;
        };
        let Some(caller) = self.caller(route) else { return };
        let mut cases = vec![("no_such_parameter=1", "no_such_parameter", "unknown_parameter")];
        let too_many = route.query.iter().find_map(|param| match param.kind {
            ParamKind::Limit { max, .. } => Some(format!("limit={}", u64::from(max) + 1)),
            _ => None,
        });
        for param in &route.query {
            match param.name.as_str() {
                "limit" => {
                    let too_many = too_many.iter();
                    cases.extend(too_many.map(|query| (query.as_str(), "limit", "less_than_equal")));
                    cases.push(("limit=0", "limit", "greater_than_equal"));
                    cases.push(("limit=x", "limit", "int_parsing"));
                    cases.push(("limit=1&limit=2", "limit", "repeated_parameter"));
                }
                "offset" => cases.push(("offset=-1", "offset", "greater_than_equal")),
                "cursor" => cases.push(("cursor=x", "cursor", "invalid_cursor")),
                "sort" => cases.push(("sort=no_such_field", "sort", "unknown_value")),
                "count" => cases.push(("count=x", "count", "bool_parsing")),
                _ => {}
            }
        }
        let cases = cases
            .into_iter()
            .map(|(query, name, code)| Doc::tuple([Doc::text(string(query)), pair(name, code)]));
        self.module.imports.name("tests.conftest", "mistakes");
        let mut block = Block::new();
        let names = ["query", "wanted"].map(|name| Doc::text(string(name)));
        let table = [Doc::tuple(names), Doc::list(cases.collect::<Vec<_>>())];
        block.statement("@", &Doc::call("pytest.mark.parametrize", table), "");
        let head = Doc::call(
            "def test_queries_that_do_not_fit",
            [
                Doc::text(format!("{caller}: Person")),
                Doc::text("query: str"),
                Doc::text("wanted: tuple[str, str]"),
            ],
        );
        block.statement("", &head, " -> None:");
        block.inner(|body| {
            let path = asked(route, &caller, "?{query}");
            body.line(&format!("assert mistakes({caller}.get({path})) == [wanted]"));
        });
        self.module.push(block);
    }
}

fn case(body: Doc, place: &str, code: &str) -> Doc {
    Doc::tuple([body, pair(place, code)])
}

fn pair(place: &str, code: &str) -> Doc {
    Doc::tuple([Doc::text(string(place)), Doc::text(string(code))])
}

fn braces(items: impl Iterator<Item = Doc>) -> Doc {
    Doc::Group {
        open: String::from("{"),
        items: items.collect(),
        close: "}",
    }
}

/// The name of the test of a function, on one line in any case.
fn test_name(function: &str) -> String {
    let name = format!("test_bodies_that_{function}_does_not_take");
    if name.len() < WIDTH - "def (".len() {
        name
    } else {
        format!("test_{function}")
    }
}
