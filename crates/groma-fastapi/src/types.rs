//! Types of values in Python: what a body may hold, what a query may hold, what an answer holds.
//!
//! A type with bounds gets a name of its own at the head of its module, by the field that declares it: `TaskTitle`.

use groma_ir::design::{EntityId, EnumId, FieldId, ListType, Type};
use groma_ir::scalar::{Bounds, Scalar, StorageClass, Text};

use crate::cx::Cx;
use crate::names;
use crate::python::{Block, Doc, Imports, string};

/// The named types of a module, and what it imports for them.
#[derive(Debug)]
pub(crate) struct Types<'c, 'm> {
    cx: &'c Cx<'m>,
    /// The module, so that what stands in it is not imported.
    here: String,
    /// Whether a member is called as one of the classes of `datetime`, which it would hide.
    hides_datetime: bool,
    aliases: Vec<(String, Doc)>,
}

impl<'c, 'm> Types<'c, 'm> {
    pub(crate) fn new(cx: &'c Cx<'m>, here: String, members: &[String]) -> Self {
        let is_class = |name: &String| ["date", "time", "datetime"].contains(&name.as_str());
        Self {
            cx,
            here,
            hides_datetime: members.iter().any(is_class),
            aliases: Vec::new(),
        }
    }

    /// The named types, for the head of the module; none where there are none.
    pub(crate) fn block(&self) -> Option<Block> {
        let mut block = Block::new();
        for (name, doc) in &self.aliases {
            block.statement(&format!("{name} = "), doc, "");
        }
        (!self.aliases.is_empty()).then_some(block)
    }

    /// The type of what is kept so.
    pub(crate) fn kept(&self, imports: &mut Imports, class: StorageClass) -> String {
        let (module, name) = match class {
            StorageClass::Text => ("", "str"),
            StorageClass::Int => ("", "int"),
            StorageClass::Float => ("", "float"),
            StorageClass::Bool => ("", "bool"),
            StorageClass::Decimal { .. } => ("decimal", "Decimal"),
            StorageClass::Uuid => ("uuid", "UUID"),
            StorageClass::Date => ("datetime", "date"),
            StorageClass::Time => ("datetime", "time"),
            StorageClass::Timestamp => ("datetime", "datetime"),
            StorageClass::Json => ("typing", "Any"),
        };
        if module == "datetime" && self.hides_datetime {
            imports.module("datetime as dt");
            return format!("dt.{name}");
        }
        if !module.is_empty() {
            imports.name(module, name);
        }
        name.to_owned()
    }

    /// The class of an enum, taken from the module in which it stands.
    pub(crate) fn enumeration(&self, imports: &mut Imports, of: EnumId) -> String {
        let name = names::enumeration(self.cx.model, of);
        let home = self.cx.module_of_enum(of);
        if let Some(module) = home.filter(|module| *module != self.here) {
            imports.name(&module, &name);
        }
        name
    }

    /// What stands in a column, by its type in the design.
    pub(crate) fn stored(&self, imports: &mut Imports, ty: &Type) -> String {
        match ty {
            Type::Scalar(scalar) => self.kept(imports, scalar.storage()),
            Type::Enum(of) => self.enumeration(imports, *of),
            Type::Reference(target) => {
                let (_, key) = self.key(*target);
                self.stored(imports, &key)
            }
            Type::List(list) => format!("list[{}]", self.stored(imports, &list.item)),
        }
    }

    /// What an answer holds: as what is stored, but for what is written in a form of its own.
    pub(crate) fn answered(&self, imports: &mut Imports, ty: &Type) -> String {
        match ty {
            Type::Scalar(scalar) => match scalar.storage() {
                StorageClass::Timestamp => imports.name("app.core.types", "Instant").to_owned(),
                StorageClass::Time => imports.name("app.core.types", "ClockText").to_owned(),
                StorageClass::Decimal { .. } => imports.name("app.core.types", "DecimalText").to_owned(),
                class => self.kept(imports, class),
            },
            Type::Reference(target) => {
                let (_, key) = self.key(*target);
                self.answered(imports, &key)
            }
            Type::List(list) => format!("list[{}]", self.answered(imports, &list.item)),
            Type::Enum(_) => self.stored(imports, ty),
        }
    }

    /// What a body may hold; `name` is that of the type, where it needs one.
    pub(crate) fn body(&mut self, imports: &mut Imports, ty: &Type, name: &str) -> String {
        match ty {
            Type::Enum(of) => self.enumeration(imports, *of),
            Type::Reference(target) => {
                let (name, key) = self.key(*target);
                self.body(imports, &key, &name)
            }
            Type::List(list) => self.list(imports, list, name),
            Type::Scalar(scalar) => match scalar {
                Scalar::Int(bounds) => {
                    let strict = Doc::named("strict", "True");
                    let field = bounded(imports, Some(strict), *bounds);
                    let doc = annotated(imports, [Doc::text("int"), field]);
                    self.alias(name, doc)
                }
                Scalar::Float(bounds) => {
                    let doc = bounded_float(imports, *bounds);
                    self.alias(name, doc)
                }
                Scalar::Bool => imports.name("pydantic", "StrictBool").to_owned(),
                _ => self.textual(imports, scalar, name),
            },
        }
    }

    /// What one value of a query may be: there everything is text.
    pub(crate) fn query(&mut self, imports: &mut Imports, ty: &Type, name: &str) -> String {
        match ty {
            Type::Reference(target) => {
                let (name, key) = self.key(*target);
                self.query(imports, &key, &name)
            }
            Type::Scalar(Scalar::Bool) => imports.name("app.core.query", "Flag").to_owned(),
            Type::Scalar(Scalar::Int(bounds)) => {
                let digits = imports.name("app.core.query", "Digits").into();
                let parts = [Doc::text("int"), bounded(imports, None, *bounds), digits];
                let doc = annotated(imports, parts);
                self.alias(&format!("{name}Filter"), doc)
            }
            Type::Scalar(Scalar::Float(bounds)) => {
                let real = imports.name("app.core.query", "Real").into();
                let bounds = ends(*bounds);
                let field =
                    (!bounds.is_empty()).then(|| Doc::call(imports.name("pydantic", "Field"), bounds));
                let parts = [Doc::text("float")].into_iter().chain(field).chain([real]);
                let doc = annotated(imports, parts);
                self.alias(&format!("{name}Filter"), doc)
            }
            Type::Scalar(_) | Type::Enum(_) | Type::List(_) => self.body(imports, ty, name),
        }
    }

    /// What is text in a body as it is in a query.
    fn textual(&mut self, imports: &mut Imports, scalar: &Scalar, name: &str) -> String {
        let core = "app.core.types";
        match scalar {
            Scalar::Text(text) => {
                let doc = text_type(imports, text);
                self.alias(name, doc)
            }
            Scalar::Secret(_) => {
                let doc = text_type(imports, &Text::default());
                self.alias(name, doc)
            }
            Scalar::Slug { min, max } => {
                let doc = slug_type(imports, *min, *max);
                self.alias(name, doc)
            }
            Scalar::Decimal { precision, scale } => {
                let digits = [precision, scale].map(|digits| Doc::text(digits.to_string()));
                let decimal = imports.name("decimal", "Decimal");
                let check = Doc::call(imports.name(core, "Decimals"), digits);
                let doc = annotated(imports, [decimal.into(), check]);
                self.alias(name, doc)
            }
            Scalar::Uuid => imports.name(core, "Uuid").to_owned(),
            Scalar::Date => imports.name(core, "Day").to_owned(),
            Scalar::Time => imports.name(core, "Clock").to_owned(),
            Scalar::DateTime => imports.name(core, "Moment").to_owned(),
            Scalar::Email => imports.name(core, "Email").to_owned(),
            Scalar::Url => imports.name(core, "Url").to_owned(),
            Scalar::Json | Scalar::Int(_) | Scalar::Float(_) | Scalar::Bool => {
                imports.name(core, "AnyJson").to_owned()
            }
        }
    }

    fn list(&mut self, imports: &mut Imports, list: &ListType, name: &str) -> String {
        let item = self.body(imports, &list.item, &format!("{name}Item"));
        let whole = format!("list[{item}]");
        let bounds = match (list.min, list.max) {
            (0, None) => return whole,
            (0, Some(max)) => Doc::call(
                imports.name("app.core.types", "at_most"),
                [Doc::text(max.to_string())],
            ),
            (min, max) => {
                let max = max.map_or(String::from("None"), |max| max.to_string());
                let between = imports.name("app.core.types", "between");
                Doc::call(between, [Doc::text(min.to_string()), Doc::text(max)])
            }
        };
        let doc = annotated(imports, [Doc::text(whole), bounds]);
        self.alias(name, doc)
    }

    /// Gives a type a name, and gives the name.
    pub(crate) fn alias(&mut self, name: &str, doc: Doc) -> String {
        if !self.aliases.iter().any(|(known, _)| known == name) {
            self.aliases.push((name.to_owned(), doc));
        }
        name.to_owned()
    }

    /// The name and the type of an entity's key.
    fn key(&self, entity: EntityId) -> (String, Type) {
        let declared = &self.cx.model.design.entities[entity];
        (
            self.of_field(entity, declared.key),
            declared.fields[declared.key].ty.clone(),
        )
    }

    /// What the type of a field is called.
    pub(crate) fn of_field(&self, entity: EntityId, field: FieldId) -> String {
        let declared = &self.cx.model.design.entities[entity];
        let name = format!("{}{}", declared.name, names::pascal(&declared.fields[field].wire));
        names::alias(self.cx.model, name, "Value")
    }
}

/// `Annotated[...]`.
pub(crate) fn annotated(imports: &mut Imports, parts: impl IntoIterator<Item = Doc>) -> Doc {
    Doc::of(imports.name("typing", "Annotated"), parts)
}

/// Text and its bounds; U+0000 is refused.
pub(crate) fn text_type(imports: &mut Imports, text: &Text) -> Doc {
    let mut parts = vec![Doc::named("strict", "True")];
    if text.trim {
        parts.push(Doc::named("strip_whitespace", "True"));
    }
    if text.min > 0 {
        parts.push(Doc::named("min_length", text.min.to_string()));
    }
    if let Some(max) = text.max {
        parts.push(Doc::named("max_length", max.to_string()));
    }
    if let Some(pattern) = &text.pattern {
        parts.push(Doc::named("pattern", string(pattern)));
    }
    let constraints = Doc::call(imports.name("pydantic", "StringConstraints"), parts);
    let mut parts = vec![Doc::text("str"), constraints];
    parts.push(imports.name("app.core.types", "NoNul").into());
    // The bounds are those of what is left.
    if text.trim && text.min > 0 {
        let trimmed = imports.name("app.core.types", "trimmed");
        parts.push(Doc::call(trimmed, [Doc::text(text.min.to_string())]));
    }
    annotated(imports, parts)
}

/// Words of lower-case letters and digits, joined by hyphens.
pub(crate) fn slug_type(imports: &mut Imports, min: u32, max: u32) -> Doc {
    let parts = [
        Doc::named("strict", "True"),
        Doc::named("min_length", min.to_string()),
        Doc::named("max_length", max.to_string()),
        Doc::named("pattern", imports.name("app.core.types", "SLUG_PATTERN")),
    ];
    let constraints = Doc::call(imports.name("pydantic", "StringConstraints"), parts);
    annotated(imports, [Doc::text("str"), constraints])
}

/// A whole number and its bounds.
fn bounded(imports: &mut Imports, first: Option<Doc>, bounds: Bounds<i64>) -> Doc {
    let (min, max) = bounds.effective();
    let mut parts: Vec<Doc> = first.into_iter().collect();
    parts.push(Doc::named("ge", grouped(min)));
    parts.push(Doc::named("le", grouped(max)));
    Doc::call(imports.name("pydantic", "Field"), parts)
}

fn ends(bounds: Bounds<f64>) -> Vec<Doc> {
    let bound = |name: &str, bound: Option<f64>| bound.map(|bound| Doc::named(name, format!("{bound:?}")));
    let (min, max) = (bound("ge", bounds.min), bound("le", bounds.max));
    min.into_iter().chain(max).collect()
}

fn bounded_float(imports: &mut Imports, bounds: Bounds<f64>) -> Doc {
    let mut parts = vec![Doc::named("strict", "True"), Doc::named("allow_inf_nan", "False")];
    parts.extend(ends(bounds));
    let field = Doc::call(imports.name("pydantic", "Field"), parts);
    annotated(imports, [Doc::text("float"), field])
}

/// A number as Python reads it, with its digits in groups where they are many.
pub(crate) fn grouped(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let digits = number.unsigned_abs();
    if digits < 100_000 {
        return number.to_string();
    }
    format!("{sign}{}", groma_ir::words::grouped(digits).replace(',', "_"))
}
