//! The columns of one table.

use groma_ir::design::{Default, Enum, Generated, Value};
use groma_ir::scalar::StorageClass;
use groma_ir::tables::Column;

use super::{Risk, Side, Work};
use crate::renames::values;

pub(super) fn compare(old: Side<'_>, new: Side<'_>, work: &mut Work<'_>) {
    for column in &old.table.columns {
        match counterpart(new, old.field(column.field)) {
            Some(other) => one((old, column), (new, other), work),
            None => work.does(
                Risk::LosesData,
                format!("the column `{}` is dropped", column.name),
            ),
        }
    }
    for column in &new.table.columns {
        if counterpart(old, new.field(column.field)).is_none() {
            added(column, work);
        }
    }
    let (was, is) = (old.field(old.table.key), new.field(new.table.key));
    if was != is {
        work.does(Risk::MayFail, format!("`{is}` is the primary key, not `{was}`"));
    }
}

fn counterpart<'m>(side: Side<'m>, field: &str) -> Option<&'m Column> {
    let id = side.entity.field(field)?;
    Some(side.table.column(id))
}

fn added(column: &Column, work: &mut Work<'_>) {
    let name = &column.name;
    let fills = match &column.default {
        // The caller is that of the request that writes a row; rows that are there were written long ago.
        Some(Default::Value(Value::None) | Default::Caller) | None => false,
        Some(Default::Value(_) | Default::Now { .. }) => true,
    };
    if column.nullable || fills {
        work.does(Risk::Safe, format!("the column `{name}` is added"));
    } else {
        work.does(
            Risk::MayFail,
            format!("the column `{name}` is added; rows that are there have no value for it"),
        );
    }
}

fn one((old_in, old): (Side<'_>, &Column), (new_in, new): (Side<'_>, &Column), work: &mut Work<'_>) {
    let name = &new.name;
    if old.name != new.name {
        work.does(
            Risk::Safe,
            format!("the column `{}` is renamed to `{name}`", old.name),
        );
    }
    if old.is_list != new.is_list || old.class != new.class {
        let (was, is) = (class(old), class(new));
        work.does(
            conversion(old, new),
            format!("the column `{name}` holds {is}, not {was}"),
        );
    }
    match (old.nullable, new.nullable) {
        (true, false) => work.does(Risk::MayFail, format!("the column `{name}` may not be empty")),
        (false, true) => work.does(Risk::Safe, format!("the column `{name}` may be empty")),
        (true, true) | (false, false) => {}
    }
    if old.class == new.class {
        lengths(old.max_length, new.max_length, name, work);
    }
    variants((old_in, old), (new_in, new), work);
    if old.generated != new.generated {
        let words = match new.generated {
            Some(Generated::Uuid7) => "a UUID of version 7",
            Some(Generated::Identity) => "the next number",
            None => "given by whoever makes the row",
        };
        let risk = if new.generated == Some(Generated::Identity) {
            Risk::MayFail
        } else {
            Risk::Safe
        };
        work.does(risk, format!("the key `{name}` is {words}"));
    }
}

fn lengths(old: Option<u32>, new: Option<u32>, name: &str, work: &mut Work<'_>) {
    match (old, new) {
        (was, Some(is)) if was.is_none_or(|was| is < was) => {
            work.does(
                Risk::MayFail,
                format!("the column `{name}` holds {is} characters at most"),
            );
        }
        (Some(_), None) => work.does(
            Risk::Safe,
            format!("the column `{name}` holds any number of characters"),
        ),
        (Some(was), Some(is)) if is > was => {
            work.does(
                Risk::Safe,
                format!("the column `{name}` holds up to {is} characters, not {was}"),
            );
        }
        (Some(_) | None, _) => {}
    }
}

fn variants((old_in, old): (Side<'_>, &Column), (new_in, new): (Side<'_>, &Column), work: &mut Work<'_>) {
    let name = &new.name;
    let of = |side: Side<'_>, column: &Column| Some(side.model.design.enums[column.variants?].clone());
    let names = |of: &Enum| -> Vec<String> { of.variants.iter().map(|it| it.name.clone()).collect() };
    match (of(old_in, old), of(new_in, new)) {
        (Some(was), Some(is)) => {
            let renamed = values(&was, &is);
            for (was, is) in &renamed {
                work.does(
                    Risk::Safe,
                    format!("the column `{name}` is `{is}` where it was `{was}`"),
                );
            }
            let (was, is) = (names(&was), names(&is));
            let goes = |variant: &&String| !renamed.iter().any(|(was, _)| was == *variant);
            let comes = |variant: &&String| !renamed.iter().any(|(_, is)| is == *variant);
            for variant in was.iter().filter(|variant| !is.contains(variant)).filter(goes) {
                work.does(
                    Risk::MayFail,
                    format!("the column `{name}` may not be `{variant}`"),
                );
            }
            for variant in is.iter().filter(|variant| !was.contains(variant)).filter(comes) {
                work.does(Risk::Safe, format!("the column `{name}` may be `{variant}`"));
            }
        }
        (None, Some(is)) => work.does(
            Risk::MayFail,
            format!("the column `{name}` may only be `{}`", names(&is).join("`, `")),
        ),
        (Some(_), None) => work.does(
            Risk::Safe,
            format!("the column `{name}` may be any value of its type"),
        ),
        (None, None) => {}
    }
}

fn class(column: &Column) -> String {
    if column.is_list {
        return String::from("a list");
    }
    match column.class {
        StorageClass::Text => String::from("text"),
        StorageClass::Int => String::from("whole numbers"),
        StorageClass::Float => String::from("floating-point numbers"),
        StorageClass::Decimal { precision, scale } => {
            format!("decimals of {precision} digits, {scale} behind the point")
        }
        StorageClass::Bool => String::from("truth values"),
        StorageClass::Uuid => String::from("UUIDs"),
        StorageClass::Date => String::from("dates"),
        StorageClass::Time => String::from("times"),
        StorageClass::Timestamp => String::from("time stamps"),
        StorageClass::Json => String::from("JSON"),
    }
}

/// What converting each value does.
fn conversion(old: &Column, new: &Column) -> Risk {
    if old.is_list || new.is_list {
        return Risk::MayFail;
    }
    match (old.class, new.class) {
        (
            StorageClass::Decimal { precision, scale },
            StorageClass::Decimal {
                precision: new_precision,
                scale: new_scale,
            },
        ) => {
            let whole = |precision: u8, scale: u8| precision.saturating_sub(scale);
            if new_scale < scale {
                Risk::LosesData
            } else if whole(new_precision, new_scale) < whole(precision, scale) {
                Risk::MayFail
            } else {
                Risk::Safe
            }
        }
        (StorageClass::Timestamp, StorageClass::Date | StorageClass::Time)
        | (StorageClass::Float | StorageClass::Decimal { .. }, StorageClass::Int)
        | (StorageClass::Decimal { .. }, StorageClass::Float) => Risk::LosesData,
        (
            StorageClass::Int
            | StorageClass::Float
            | StorageClass::Decimal { .. }
            | StorageClass::Bool
            | StorageClass::Uuid
            | StorageClass::Date
            | StorageClass::Time
            | StorageClass::Timestamp
            | StorageClass::Json,
            StorageClass::Text,
        )
        | (StorageClass::Bool, StorageClass::Int) => Risk::Safe,
        (
            StorageClass::Text
            | StorageClass::Int
            | StorageClass::Float
            | StorageClass::Decimal { .. }
            | StorageClass::Bool
            | StorageClass::Uuid
            | StorageClass::Date
            | StorageClass::Time
            | StorageClass::Timestamp
            | StorageClass::Json,
            _,
        ) => Risk::MayFail,
    }
}
