//! Reports: numbers over the rows that the caller may read.

use groma_ir::design::{Aggregate, FieldId, Measure, ReportId, Type, Value};
use groma_ir::http::Route;
use groma_ir::scalar::StorageClass;

use super::{Function, Service, body, function_of};
use crate::literals;
use crate::names;
use crate::python::{Doc, string};

/// A part of a measure: its name, and the value of a field that its rows have.
type Part = (Option<String>, Option<(FieldId, Value)>);

impl<'m> Service<'_, 'm> {
    pub(super) fn report(&mut self, route: &'m Route, id: ReportId) {
        let report = &self.model().design.resources[route.resource].reports[id];
        let (mut numbers, mut members) = (Vec::new(), Vec::new());
        for measure in &report.measures {
            let parts = self.parts(measure);
            let mut inner = Vec::new();
            for (name, part) in parts {
                let none = self.zero(measure.aggregate);
                let at = Doc::text(format!("row[{}]{none}", numbers.len()));
                numbers.push(self.number(measure, part));
                inner.push((name, at));
            }
            let value = match inner.as_slice() {
                [(None, only)] => only.clone(),
                _ => Doc::dict(
                    inner
                        .into_iter()
                        .map(|(name, at)| (member(&name.unwrap_or_default()), at)),
                ),
            };
            members.push((member(&measure.name), value));
        }
        let class = self.own();
        let mut keep = Vec::new();
        if let Some((field, key)) = self.below(route) {
            let column = self.column(self.entity(), field);
            keep.push(Doc::join([Doc::text(format!("{column} == ")), key]));
        }
        let access = self.access(self.entity());
        keep.push(self.cx.rule(&access, "may_read", &[&class]));
        let check = self.check_parent(route);
        let answer = route
            .success
            .body
            .map_or_else(String::new, |body| self.schema(body));
        self.take("sqlalchemy", "select");
        let numbers = Doc::join([
            Doc::call("select", numbers),
            Doc::call(".select_from", [Doc::text(class.as_str())]),
        ]);
        let after = self.after(route, "report");
        let body = body(|body| {
            if let Some(check) = &check {
                body.line(check);
            }
            body.statement("statement = ", &numbers, "");
            let executed = Doc::call("session.execute", [Doc::call("statement.where", keep)]);
            let executed = Doc::join([executed, Doc::text(".one()")]);
            body.statement("row = ", &executed, "");
            let whole = Doc::call(format!("{answer}.model_validate"), [Doc::dict(members)]);
            match &after {
                None => {
                    body.statement("return ", &whole, "");
                }
                Some(after) => {
                    body.statement("report = ", &whole, "");
                    body.statement("", after, "");
                    body.line("return report");
                }
            }
        });
        let parameters = self.taken(route);
        let rows = crate::words::rows(self.cx, self.entity());
        let said = report.doc.clone();
        let function = Function {
            name: function_of(route),
            parameters,
            returns: answer,
            doc: said.unwrap_or_else(|| format!("Numbers about the {rows} that the caller may read.")),
            body,
        };
        self.operation(route, function);
    }

    /// The values for each of which a measure has a number, with their names.
    fn parts(&mut self, measure: &Measure) -> Vec<Part> {
        let Some(field) = measure.per else {
            return vec![(None, None)];
        };
        let model = self.model();
        match &model.design.entities[self.entity()].fields[field].ty {
            Type::Enum(of) => {
                let variants = model.design.enums[*of].variants.entries();
                variants
                    .map(|(id, variant)| (Some(variant.name.clone()), Some((field, Value::Variant(*of, id)))))
                    .collect()
            }
            Type::Scalar(_) | Type::Reference(_) | Type::List(_) => [true, false]
                .map(|value| (Some(value.to_string()), Some((field, Value::Bool(value)))))
                .into(),
        }
    }

    /// What a sum over no rows is.
    fn zero(&mut self, aggregate: Aggregate) -> String {
        let Aggregate::Sum(field) = aggregate else {
            return String::new();
        };
        match self.cx.table(self.entity()).column(field).class {
            StorageClass::Decimal { scale, .. } => {
                self.take("decimal", "Decimal");
                let point = if scale > 0 { "." } else { "" };
                format!(" or Decimal(\"0{point}{}\")", "0".repeat(usize::from(scale)))
            }
            StorageClass::Float => String::from(" or 0.0"),
            _ => String::from(" or 0"),
        }
    }

    /// A function over the values of a field.
    fn over(&mut self, function: &str, field: FieldId) -> String {
        let class = self.cx.table(self.entity()).column(field).class;
        let is_decimal = matches!(class, StorageClass::Decimal { .. });
        let function = if is_decimal && function == "avg" {
            self.take("app.core.columns", "mean")
        } else {
            format!("{}.{function}", self.take("sqlalchemy", "func"))
        };
        format!("{function}({})", self.column(self.entity(), field))
    }

    fn number(&mut self, measure: &Measure, part: Option<(FieldId, Value)>) -> Doc {
        let call = match measure.aggregate {
            Aggregate::Count => self.take("sqlalchemy", "func") + ".count()",
            Aggregate::Sum(field) => self.over("sum", field),
            Aggregate::Avg(field) => self.over("avg", field),
            Aggregate::Min(field) => self.over("min", field),
            Aggregate::Max(field) => self.over("max", field),
        };
        let mut filters = Vec::new();
        if let Some((field, value)) = part {
            let column = self.column(self.entity(), field);
            let ty = self.model().design.entities[self.entity()].fields[field]
                .ty
                .clone();
            filters.push(match value {
                Value::Bool(value) => {
                    let constant = self.take("sqlalchemy", if value { "true" } else { "false" });
                    Doc::text(format!("{column} == {constant}()"))
                }
                value => {
                    let value = literals::literal(self.cx, &mut self.module.imports, Some(&ty), &value);
                    Doc::join([Doc::text(format!("{column} == ")), value])
                }
            });
        }
        if let Some(when) = &measure.when {
            filters.push(self.condition(when));
        }
        if filters.is_empty() {
            Doc::text(call)
        } else {
            Doc::call(format!("{call}.filter"), filters)
        }
    }
}

/// The attribute of a number, as its model is made from it.
fn member(name: &str) -> String {
    string(&names::attribute(name))
}
