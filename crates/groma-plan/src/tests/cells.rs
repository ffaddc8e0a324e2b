//! What a database gives in its own types is written as what it gives as text.

use groma_ir::scalar::StorageClass;

use crate::{Cell, Encode, Value, value_of};

fn written(encode: Encode, cell: Cell<'_>) -> String {
    let mut out = Vec::new();
    encode.write(cell, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn typed_cells_are_written_as_texts_are() {
    let uuid = [0x01, 0x99, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xAB];
    for (encode, typed, plain) in [
        (Encode::Bool, Cell::Bool(true), Cell::Int(1)),
        (Encode::Bool, Cell::Bool(false), Cell::Int(0)),
        (
            Encode::Text,
            Cell::Uuid(uuid),
            Cell::Text("01990000-0000-7000-8000-0000000000ab"),
        ),
        (
            Encode::Text,
            Cell::Timestamp(1_795_255_200_000_001),
            Cell::Text("2026-11-21T10:00:00.000001Z"),
        ),
        (Encode::Text, Cell::Date(20_778), Cell::Text("2026-11-21")),
        (
            Encode::Text,
            Cell::Time(36_000_000_000),
            Cell::Text("10:00:00.000000"),
        ),
        (
            Encode::Decimal(2),
            Cell::Decimal { units: -5, scale: 2 },
            Cell::Int(-5),
        ),
        (
            Encode::Decimal(2),
            Cell::Decimal { units: 0, scale: 0 },
            Cell::Int(0),
        ),
        (
            Encode::Decimal(2),
            Cell::Decimal {
                units: 12_000,
                scale: 4,
            },
            Cell::Int(120),
        ),
        (
            Encode::Number,
            Cell::Decimal {
                units: i64::MIN,
                scale: 0,
            },
            Cell::Int(i64::MIN),
        ),
        (
            Encode::Json,
            Cell::Json("{\"a b\": [1, \"x \\\" y\", \"\\\\\"], \"c\": {}}"),
            Cell::Text("{\"a b\":[1,\"x \\\" y\",\"\\\\\"],\"c\":{}}"),
        ),
        (Encode::Json, Cell::Json(" [ ] "), Cell::Text("[]")),
        (
            Encode::Json,
            Cell::Json(
                "[-0.00000000000000000000000000000000000000000000000125, {\"1\": 100000000000000000000000000000000000000000000}]",
            ),
            Cell::Text("[-1.25e-48,{\"1\":1e+44}]"),
        ),
    ] {
        assert_eq!(written(encode, typed), written(encode, plain), "{typed:?}");
    }
}

#[test]
fn typed_cells_are_the_values_of_their_columns() {
    let decimal = StorageClass::Decimal {
        precision: 10,
        scale: 2,
    };
    assert_eq!(
        value_of(decimal, Cell::Decimal { units: 3, scale: 0 }),
        Value::Decimal { units: 300, scale: 2 }
    );
    assert_eq!(
        value_of(StorageClass::Uuid, Cell::Uuid([7; 16])),
        Value::Uuid([7; 16])
    );
    assert_eq!(value_of(StorageClass::Bool, Cell::Bool(true)), Value::Bool(true));
    assert_eq!(
        value_of(StorageClass::Json, Cell::Json("[1, 2]")),
        Value::Json("[1,2]".into())
    );
}
