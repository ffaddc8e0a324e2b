//! The types of values in Python.

use groma_ir::design::Type;

use crate::cx::Cx;
use crate::python::Imports;
use crate::types::Types;

/// What a value of a type is in Python: `UUID`, `list[str]`.
pub(crate) fn python(cx: &Cx<'_>, imports: &mut Imports, ty: &Type) -> String {
    Types::new(cx, String::new(), &[]).stored(imports, ty)
}
