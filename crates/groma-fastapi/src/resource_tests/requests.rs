//! What no route takes or answers, whatever it is about: told before anybody looks for a row.

use groma_ir::http::{PathPart, Route};

use super::{Tests, filled};
use crate::python::{Block, Doc, string};

/// What the path of a test has in the place of the caller's key.
const CALLER: &str = "{caller}";

/// A test that sends the same to many routes.
struct Alike {
    name: &'static str,
    has_body: bool,
    lines: &'static [&'static str],
}

const PARAMETERS: Alike = Alike {
    name: "parameters_that_no_route_has",
    has_body: true,
    lines: &[
        "answer = CALLER.send(method, f\"{path}?no_such_parameter=1\", body)",
        "assert mistakes(answer) == [(\"no_such_parameter\", \"unknown_parameter\")]",
    ],
};
const ANSWERS: Alike = Alike {
    name: "answers_are_json",
    has_body: true,
    lines: &["assert CALLER.send(method, path, body, Accept=\"text/html\").status_code == 406"],
};
const BODIES: Alike = Alike {
    name: "bodies_are_json",
    has_body: false,
    lines: &["assert CALLER.send(method, path, b\"{}\", Content_Type=\"text/plain\").status_code == 415"],
};

impl<'m> Tests<'_, 'm> {
    /// The tests that send the same to each route, by whom they can be called.
    pub(super) fn requests(&mut self) {
        let routes: Vec<&'m Route> = self.cx.routes(self.package).map(|(_, route)| route).collect();
        let mut callers: Vec<String> = Vec::new();
        for route in &routes {
            callers.extend(self.caller(route).filter(|caller| !callers.contains(caller)));
        }
        for caller in callers {
            let of_caller = |tests: &Self, route: &&&'m Route| tests.caller(route).as_ref() == Some(&caller);
            let all: Vec<&Route> = routes
                .iter()
                .filter(|route| of_caller(self, route))
                .copied()
                .collect();
            let answered = all.iter().filter(|route| route.success.body.is_some()).copied();
            let sent = all.iter().filter(|route| route.body.is_some()).copied();
            let (answered, sent): (Vec<_>, Vec<_>) = (answered.collect(), sent.collect());
            self.alike(&PARAMETERS, &caller, &all);
            self.alike(&ANSWERS, &caller, &answered);
            self.alike(&BODIES, &caller, &sent);
        }
    }

    fn alike(&mut self, test: &Alike, caller: &str, routes: &[&'m Route]) {
        let mut cases = Vec::new();
        for route in routes {
            let mut case = vec![
                Doc::text(string(route.method.name())),
                Doc::text(string(&filled(route, CALLER, &|_| String::from("x")))),
            ];
            if test.has_body {
                let Some(body) = self.valid_body(route) else {
                    continue;
                };
                case.push(body);
            }
            cases.push(Doc::tuple(case));
        }
        if cases.is_empty() {
            return;
        }
        if test.lines.iter().any(|line| line.contains("mistakes(")) {
            self.module.imports.name("tests.conftest", "mistakes");
        }
        let body = test.has_body.then_some(("body", "object"));
        let columns = [("method", "str"), ("path", "str")].into_iter().chain(body);
        let names = columns.clone().map(|(name, _)| Doc::text(string(name)));
        let mut block = Block::new();
        let table = [Doc::tuple(names), Doc::list(cases)];
        block.statement("@", &Doc::call("pytest.mark.parametrize", table), "");
        let parameters = columns.map(|(name, ty)| Doc::text(format!("{name}: {ty}")));
        let whose = if caller == "alice" || caller == "nobody" {
            String::new()
        } else {
            format!("_for_{caller}")
        };
        let head = Doc::call(
            format!("def test_{}{whose}", test.name),
            std::iter::once(Doc::text(format!("{caller}: Person"))).chain(parameters),
        );
        block.statement("", &head, " -> None:");
        let is_placed = routes.iter().any(|route| names_caller(route));
        block.inner(|body| {
            if is_placed {
                body.line(&format!("path = path.format(caller={caller}.key)"));
            }
            for line in test.lines {
                body.line(&line.replace("CALLER", caller));
            }
        });
        self.module.push(block);
    }
}

fn names_caller(route: &Route) -> bool {
    let mut parts = route.path.parts.iter();
    parts.any(|part| matches!(part, PathPart::Caller { .. }))
}
