//! W108.

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::design::{Storage, Type};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// Money is `decimal`, not `float`.
    ///
    /// ## Why
    /// A `float` cannot hold a tenth exactly, so sums are off by a cent sooner or later, and clients round each in their
    /// own way. The field is known by its name: `price`, `total`, `unit_cost`.
    ///
    /// ## Bad
    /// entity Item {
    ///   id: uuid key
    ///   price: float
    /// }
    ///
    /// ## Good
    /// entity Item {
    ///   id: uuid key
    ///   price: decimal(10, 2)
    /// }
    Warning MONEY_AS_FLOAT "W108" "money-as-float"
}

/// Words that speak of money wherever they stand in a name.
const MONEY: [&str; 20] = [
    "price", "prices", "cost", "costs", "fee", "fees", "salary", "wage", "balance", "budget", "revenue",
    "payment", "tax", "vat", "subtotal", "money", "usd", "eur", "gbp", "refund",
];
/// Words that do so at the end of a name: `order_total`, and not `total_distance`.
const AT_END: [&str; 3] = ["amount", "total", "sum"];
/// Words that make a plain number of it: `tax_rate`.
const NUMBER: [&str; 6] = ["rate", "ratio", "percent", "percentage", "factor", "share"];

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, entity) in resolved.design.entities.entries() {
        if entity.storage != Storage::Managed {
            continue;
        }
        for (field, declared) in entity.fields.entries() {
            if is_float(&declared.ty) && is_money(&declared.name) {
                let ty = places::field(resolved, id, field).and_then(ast::Field::ty);
                found.push(money_as_float(declared.origin, &declared.name, ty.as_ref()));
            }
        }
        let inputs = entity.actions.iter().flat_map(|action| action.inputs.iter());
        for input in inputs.filter(|input| is_float(&input.ty) && is_money(&input.name)) {
            found.push(money_as_float(input.origin, &input.name, None));
        }
    }
    found
}

fn is_float(ty: &Type) -> bool {
    matches!(ty, Type::Scalar(Scalar::Float(_)))
}

fn is_money(name: &str) -> bool {
    let mut words = name.split('_');
    let last = name.rsplit('_').next().unwrap_or(name);
    !NUMBER.contains(&last) && (AT_END.contains(&last) || words.any(|word| MONEY.contains(&word)))
}

fn money_as_float(span: Span, name: &str, ty: Option<&ast::Type>) -> Diagnostic {
    let found = Diagnostic::new(
        &MONEY_AS_FLOAT,
        ty.map_or(span, AstNode::span),
        format!("`{name}` looks like money, and a `float` cannot hold it exactly"),
    )
    .help("write `decimal(12, 2)`: all digits, and those after the point");
    match ty {
        Some(ty) if ty.hole().is_none() => {
            let end = if ty.is_optional() { "?" } else { "" };
            found.suggestion(
                "make it a decimal",
                [Edit::replace(ty.span(), format!("decimal(12, 2){end}"))],
            )
        }
        Some(_) | None => found,
    }
}
