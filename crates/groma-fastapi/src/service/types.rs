//! The types of values in Python.

use groma_ir::design::Type;
use groma_ir::scalar::Scalar;

use crate::cx::Cx;
use crate::names;
use crate::python::Imports;

/// What a value of a type is in Python: `UUID`, `list[str]`.
pub(crate) fn python(cx: &Cx<'_>, imports: &mut Imports, ty: &Type) -> String {
    match ty {
        Type::Scalar(scalar) => of_scalar(imports, scalar),
        Type::Enum(of) => {
            let class = names::enumeration(cx.model, *of);
            if let Some(module) = cx.module_of_enum(*of) {
                imports.name(&module, &class);
            }
            class
        }
        Type::Reference(target) => {
            let target = &cx.model.design.entities[*target];
            match &target.fields[target.key].ty {
                // The key of a row that is a reference itself is of the type of the key there.
                Type::Reference(further) => {
                    let further = &cx.model.design.entities[*further];
                    match &further.fields[further.key].ty {
                        Type::Scalar(scalar) => of_scalar(imports, scalar),
                        Type::Enum(_) | Type::Reference(_) | Type::List(_) => String::from("str"),
                    }
                }
                key => python(cx, imports, key),
            }
        }
        Type::List(list) => format!("list[{}]", python(cx, imports, &list.item)),
    }
}

fn of_scalar(imports: &mut Imports, scalar: &Scalar) -> String {
    let (module, name) = match scalar {
        Scalar::Int(_) => return String::from("int"),
        Scalar::Float(_) => return String::from("float"),
        Scalar::Bool => return String::from("bool"),
        Scalar::Text(_) | Scalar::Email | Scalar::Url | Scalar::Slug { .. } | Scalar::Secret(_) => {
            return String::from("str");
        }
        Scalar::Decimal { .. } => ("decimal", "Decimal"),
        Scalar::Uuid => ("uuid", "UUID"),
        Scalar::Date => ("datetime", "date"),
        Scalar::Time => ("datetime", "time"),
        Scalar::DateTime => ("datetime", "datetime"),
        Scalar::Json => ("typing", "Any"),
    };
    imports.name(module, name).to_owned()
}
