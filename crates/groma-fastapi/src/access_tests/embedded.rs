//! Who sees what a row embeds: a table for each reference that a route can embed.

use groma_access::situations;
use groma_ir::design::{FieldId, Row};
use groma_ir::http::{Operation, ParamKind, Route, SchemaKind};

use super::courses::Draft;
use super::scene::Scene;
use super::{Line, Tables, uniform};
use crate::names;
use crate::python::{Block, Doc, string};
use crate::service::function_of;

impl<'m> Tables<'_, 'm> {
    /// The tables of a route.
    pub(super) fn embedded(&mut self, route: &'m Route) {
        if !matches!(route.operation, Operation::List | Operation::Get) {
            return;
        }
        let references = route.query.iter().find_map(|param| match &param.kind {
            ParamKind::Include { references } => Some(references),
            _ => None,
        });
        for (wire, field) in references.into_iter().flatten() {
            self.reference(route, wire, *field);
        }
    }

    fn reference(&mut self, route: &'m Route, wire: &str, field: FieldId) -> Option<()> {
        let design = &self.cx.model.design;
        let target = design.entities[route.entity].fields[field].ty.target()?;
        let key = design.entities[target].key;
        let mut draft = Draft::new(self.cx, route);
        draft.parents();
        draft.ask(draft.read(), 404);
        draft.tell(draft.readable(Row::This, vec![field], target), 404);
        let last = draft.steps.len() - 1;
        let name = format!(
            "{}_with_{}",
            function_of(route),
            names::attribute(wire).trim_end_matches('_')
        );
        let ask = draft.finish(name, Vec::new());
        let told = situations(design, &ask.course);
        let lines = told.iter().filter_map(|told| {
            let scene = Scene::of((self.cx, self.known), &ask, told)?;
            let is_asked = told.refused.is_none_or(|at| at == last);
            let status = route.success.status;
            (is_asked && scene.is_single()).then_some(Line { told, scene, status })
        });
        let lines: Vec<Line<'_, 'm>> = lines.collect();
        if lines.iter().all(|line| line.told.refused.is_some()) || !self.shows(target, key) {
            return None;
        }
        let embedded = lines.iter().map(|line| {
            if line.told.refused.is_some() {
                return Some(Doc::text("None"));
            }
            let value = line.scene.held(&(Row::This, vec![field]), key)?;
            for (module, name) in &value.uses {
                self.module.imports.name(module, name);
            }
            Some(Doc::text(value.sent))
        });
        let embedded: Vec<Doc> = embedded.collect::<Option<_>>()?;
        let (mut columns, path) = self.columns(&lines)?;
        let wanted = uniform(&mut columns, ("embedded", "str | None"), embedded);
        let member = &design.entities[target].fields[key].wire;
        let item = match route.operation {
            Operation::List => match route
                .success
                .body
                .map(|body| &self.cx.model.http.schemas[body].kind)
            {
                Some(SchemaKind::Page { items, .. }) => format!("[item] = answer.json()[{}]", string(items)),
                _ => String::from("[item] = answer.json()"),
            },
            _ => String::from("item = answer.json()"),
        };
        let path = Doc::text(asking(&path.flat(), wire));
        let write = |body: &mut Block| {
            let get = Doc::call("get", [path]);
            body.statement("answer = calls(client, issuer, claims, rows).", &get, "");
            body.line("assert answer.status_code == 200, answer.text");
            body.line(&item);
            body.line(&format!("found = item[{}]", string(wire)));
            body.line(&format!(
                "assert (found and found[{}]) == {}",
                string(member),
                wanted.flat()
            ));
        };
        self.push(&ask.name, &columns, &lines, write);
        Some(())
    }

    /// Whether an embedded row shows its key.
    fn shows(&self, target: groma_ir::design::EntityId, key: FieldId) -> bool {
        let wire = &self.cx.model.design.entities[target].fields[key].wire;
        let mut schemas = self.cx.model.http.schemas.iter();
        schemas.any(|schema| match &schema.kind {
            SchemaKind::Item(members) if schema.entity == Some(target) => {
                members.iter().any(|member| member.name == *wire)
            }
            _ => false,
        })
    }
}

/// A path that asks for what is embedded; it stands in a literal, or in a column.
fn asking(path: &str, wire: &str) -> String {
    match path.strip_suffix('"') {
        Some(open) => format!("{open}?include={wire}\""),
        None => format!("f\"{{{path}}}?include={wire}\""),
    }
}
