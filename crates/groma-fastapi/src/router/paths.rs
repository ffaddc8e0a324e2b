//! Parameters of paths: types with names at the head of the module.

use groma_ir::design::{EntityId, FieldId, Type};
use groma_ir::http::{PathPart, Route};
use groma_ir::scalar::Scalar;

use super::Router;
use crate::names;
use crate::python::{Block, Doc, string};
use crate::service::{Parameter, parameters};
use crate::types;

/// No text in a path is longer.
const LONGEST: u32 = 8192;

impl Router<'_, '_> {
    /// `id: TaskId`, with the types at the head of the module.
    pub(super) fn path_parameters(&mut self, route: &Route) -> Vec<Doc> {
        let all = parameters(self.cx, route);
        all.iter()
            .map(|parameter| {
                let alias = self.path_type(parameter);
                Doc::text(format!("{}: {alias}", names::attribute(&parameter.wire)))
            })
            .collect()
    }

    /// The dependency that refuses a path that names another caller, where it names one.
    pub(super) fn own_path(&mut self, route: &Route) -> Option<String> {
        let name = route.path.parts.iter().find_map(|part| match part {
            PathPart::Caller { name } => Some(name.clone()),
            _ => None,
        })?;
        let function = format!("{}_is_caller", name.trim_end_matches('_'));
        if self.module.has(&function) {
            return Some(function);
        }
        let caller = self.cx.model.design.caller_entity()?;
        let parameter = Parameter {
            wire: name.clone(),
            name: name.clone(),
            entity: caller,
            field: self.cx.table(caller).key,
            is_key: false,
        };
        let alias = self.path_type(&parameter);
        let given = names::attribute(&name);
        self.take("app.core.auth", "CallerDep");
        self.take("app.core.errors", "FORBIDDEN");
        self.take("app.core.errors", "Problem");
        let mut block = Block::new();
        block.line(&format!(
            "def {function}({given}: {alias}, caller: CallerDep) -> None:"
        ));
        block.inner(|body| {
            body.doc("403 for a path that names another caller than the token does.");
            body.line(&format!("if {given} != caller.id:"));
            body.inner(|body| {
                let detail = string("The path names another caller than the token does.");
                body.line(&format!("raise Problem(FORBIDDEN, {detail})"));
            });
        });
        self.module.push(block);
        Some(function)
    }

    fn path_type(&mut self, parameter: &Parameter) -> String {
        let design = &self.cx.model.design;
        let entity = &design.entities[parameter.entity];
        let alias = names::alias(self.cx.model, names::pascal(&parameter.name), "Key");
        let below = if parameter.is_key {
            ""
        } else {
            " that it lies below"
        };
        let wire = &entity.fields[parameter.field].wire;
        let said = format!("The `{wire}` of the {}{below}.", entity.name);
        let mut parts = self.path_value(parameter.entity, parameter.field);
        self.take("fastapi", "Path");
        self.take("typing", "Annotated");
        let mut facts = Vec::new();
        if names::attribute(&parameter.wire) != parameter.wire {
            facts.push(Doc::named("alias", string(&parameter.wire)));
        }
        facts.push(Doc::named("description", Doc::prose(said)));
        parts.push(Doc::call("Path", facts));
        let mut block = Block::new();
        block.statement(&format!("{alias} = "), &Doc::of("Annotated", parts), "");
        self.module.constant(block);
        alias
    }

    /// What a value in a path is, and how it is read: one that cannot be a key is the key of no row.
    fn path_value(&mut self, entity: EntityId, field: FieldId) -> Vec<Doc> {
        let design = &self.cx.model.design;
        let mut ty = &design.entities[entity].fields[field].ty;
        for _ in 0..=design.entities.len() {
            let Type::Reference(target) = ty else { break };
            let target = &design.entities[*target];
            ty = &target.fields[target.key].ty;
        }
        match ty {
            Type::Scalar(Scalar::Uuid) => vec![Doc::text(self.take("app.core.params", "PathUuid"))],
            Type::Scalar(Scalar::Int(bounds)) => {
                let (least, most) = bounds.effective();
                self.take("app.core.params", "path_int");
                self.take("pydantic", "WithJsonSchema");
                let schema = [
                    ("type", string("integer")),
                    ("minimum", least.to_string()),
                    ("maximum", most.to_string()),
                ];
                vec![
                    Doc::text("int | None"),
                    Doc::text(format!("path_int({least}, {most})")),
                    of_schema(&schema),
                ]
            }
            Type::Scalar(scalar) => self.path_text(scalar),
            Type::Enum(_) | Type::List(_) | Type::Reference(_) => self.path_text(&Scalar::Email),
        }
    }

    fn path_text(&mut self, scalar: &Scalar) -> Vec<Doc> {
        let (least, most) = match scalar {
            Scalar::Text(text) => (text.min, text.max.unwrap_or(LONGEST)),
            Scalar::Slug { min, max } => (*min, *max),
            Scalar::Email => (1, 254),
            _ => (1, LONGEST),
        };
        self.take("pydantic", "WithJsonSchema");
        let mut schema = vec![("type", string("string")), ("minLength", least.to_string())];
        if most < LONGEST {
            schema.push(("maxLength", most.to_string()));
        }
        vec![
            Doc::text("str | None"),
            self.reader_of(scalar, (least, most)),
            of_schema(&schema),
        ]
    }

    /// By length alone, where nothing else is asked of the text.
    fn reader_of(&mut self, scalar: &Scalar, (least, most): (u32, u32)) -> Doc {
        let form = match scalar {
            Scalar::Text(text) if text.trim || text.pattern.is_some() => {
                types::text_type(&mut self.module.imports, text)
            }
            Scalar::Slug { min, max } => types::slug_type(&mut self.module.imports, *min, *max),
            _ => {
                self.take("app.core.params", "path_text");
                return Doc::text(format!("path_text({least}, {most})"));
            }
        };
        Doc::call(self.take("app.core.params", "path_form"), [form])
    }
}

fn of_schema(members: &[(&str, String)]) -> Doc {
    let members = members
        .iter()
        .map(|(name, value)| (string(name), Doc::text(value.as_str())));
    Doc::call("WithJsonSchema", [Doc::dict(members)])
}
