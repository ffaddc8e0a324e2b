//! `report`: numbers over the rows that the caller may read.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::Arena;
use groma_ir::design::{Aggregate, EntityId, FieldId, Measure, Report, ReportId, Type};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode};

use super::Resolver;
use super::conds::{Place, Scope};
use super::entities::doc;
use crate::rules::reserved_name::Naming;
use crate::rules::{bad_measure, declared_twice, misplaced_clause, wrong_field};

impl Resolver<'_> {
    pub(super) fn reports(
        &mut self,
        entity: EntityId,
        all: &[ast::Report],
        public: bool,
    ) -> Arena<ReportId, Report> {
        let mut reports = Arena::default();
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        for ast in all {
            let Some(name) = ast.name() else { continue };
            let text = name.text();
            self.check_name(&name, Naming::Action);
            if let Some(earlier) = first.get(&text).copied() {
                let what = format!("report `{text}`");
                self.report(declared_twice::declared_twice(name.span(), earlier, &what));
                continue;
            }
            first.insert(text.clone(), name.span());
            if let Some(route) = ast.route() {
                self.unsupported(route.span(), "a path of its own for a report (`at`)");
            }
            reports.push(Report {
                measures: self.measures(entity, ast),
                admission: self.admission(public || ast.is_public(), ast.clauses()),
                name: text,
                doc: doc(ast),
                origin: ast.span(),
            });
        }
        reports
    }

    fn measures(&mut self, entity: EntityId, ast: &ast::Report) -> Vec<Measure> {
        for clause in ast.clauses() {
            if !matches!(clause, ast::Clause::Public(_) | ast::Clause::Limit(_)) {
                let word = super::writes::clause_word(&clause);
                match &clause {
                    ast::Clause::Cache(_) | ast::Clause::Filter(_) => {
                        self.unsupported(clause.span(), &format!("`{word}` in a report"));
                    }
                    _ => {
                        let fits = super::writes::where_it_fits(&clause);
                        let found = misplaced_clause::misplaced_clause(clause.span(), word, "a report", fits);
                        self.report(found);
                    }
                }
            }
        }
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        let mut measures = Vec::new();
        for measure in ast.measures() {
            let Some(name) = measure.name() else { continue };
            let text = name.text();
            if let Some(earlier) = first.get(&text).copied() {
                let what = format!("number `{text}`");
                self.report(declared_twice::declared_twice(name.span(), earlier, &what));
                continue;
            }
            first.insert(text.clone(), name.span());
            measures.extend(self.measure(entity, &measure, text));
        }
        if measures.is_empty() && first.is_empty() && !self.is_damaged(ast) {
            let span = ast.name().map_or_else(|| ast.span(), |name| name.span());
            self.report(bad_measure::no_measures(span));
        }
        measures
    }

    fn measure(&mut self, entity: EntityId, ast: &ast::Measure, name: String) -> Option<Measure> {
        let aggregate = self.aggregate(entity, ast);
        let per = self.per(entity, ast);
        let place = Place::stored(entity, Scope::Row, "a report");
        let when = ast.when().map(|when| self.cond(&place, &when));
        let (aggregate, per) = (aggregate?, per?);
        if matches!(when, Some(None)) {
            return None;
        }
        Some(Measure {
            name,
            aggregate,
            per,
            when: when.flatten(),
            origin: ast.span(),
        })
    }

    fn aggregate(&mut self, entity: EntityId, ast: &ast::Measure) -> Option<Aggregate> {
        let function = ast.function()?;
        let word = function.text();
        if word == "count" {
            if let Some(over) = ast.over() {
                self.report(bad_measure::count_over(over.span()));
            }
            return Some(Aggregate::Count);
        }
        if !matches!(word.as_str(), "sum" | "avg" | "min" | "max") {
            // The parser has said that there is no such function.
            return None;
        }
        let Some(over) = ast.over() else {
            self.report(bad_measure::over_nothing(function.span(), &word));
            return None;
        };
        let field = self.field_path(entity, &over, &word)?;
        let fits = match (&self.design.entities[entity].fields[field].ty, word.as_str()) {
            (Type::Scalar(scalar), "sum" | "avg") => scalar.is_numeric(),
            (Type::Scalar(scalar), _) => scalar.is_ordered(),
            (Type::Enum(_) | Type::Reference(_) | Type::List(_), _) => false,
        };
        if !fits {
            let why = match word.as_str() {
                "sum" | "avg" => "only numbers are added up",
                _ => "only numbers, dates and times have a smallest and a largest",
            };
            self.report(wrong_field::wrong_field(over.span(), &over.text(), &word, why));
            return None;
        }
        Some(match word.as_str() {
            "sum" => Aggregate::Sum(field),
            "avg" => Aggregate::Avg(field),
            "min" => Aggregate::Min(field),
            _ => Aggregate::Max(field),
        })
    }

    /// The field that splits a measure; the outer `None` is one that is broken.
    #[expect(
        clippy::option_option,
        reason = "absent and broken are different, and both are rare"
    )]
    fn per(&mut self, entity: EntityId, ast: &ast::Measure) -> Option<Option<FieldId>> {
        let mut all = ast.per();
        let Some(path) = all.next() else { return Some(None) };
        if let Some(second) = all.next() {
            self.unsupported(second.span(), "a number per two fields");
        }
        let field = self.field_path(entity, &path, "per")?;
        let fits = match &self.design.entities[entity].fields[field].ty {
            Type::Enum(_) | Type::Scalar(Scalar::Bool) => true,
            Type::Scalar(_) | Type::Reference(_) | Type::List(_) => false,
        };
        if !fits {
            let why = "only an enum or a `bool` has a fixed set of values";
            self.report(wrong_field::wrong_field(path.span(), &path.text(), "per", why));
            return None;
        }
        Some(Some(field))
    }
}
