//! The binary form of values, from and to bytes.

use groma_ir::scalar::StorageClass;
use groma_plan::{Cell, Value};

use super::{bound, cell, numeric};
use crate::ParameterType;

/// A `numeric` as the server sends it: weight, sign, scale, digits.
fn wire(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Vec<u8> {
    let mut bytes = u16::try_from(digits.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(weight.to_be_bytes());
    bytes.extend(sign.to_be_bytes());
    bytes.extend(scale.to_be_bytes());
    bytes.extend(digits.iter().flat_map(|digit| digit.to_be_bytes()));
    bytes
}

fn decimal(units: i64, scale: u8) -> Cell<'static> {
    Cell::Decimal { units, scale }
}

#[test]
fn digits_of_ten_thousand_are_units() {
    for (bytes, expected) in [
        (wire(0, 0, 2, &[]), decimal(0, 2)),
        (wire(0, 0, 2, &[12, 5_000]), decimal(1_250, 2)),
        (wire(0, 0x4000, 2, &[12, 5_000]), decimal(-1_250, 2)),
        (wire(-1, 0, 4, &[1]), decimal(1, 4)),
        (wire(-2, 0, 6, &[100]), decimal(1, 6)),
        (wire(1, 0, 0, &[3]), decimal(30_000, 0)),
        (
            wire(4, 0, 0, &[922, 3_372, 368, 5_477, 5_807]),
            decimal(i64::MAX, 0),
        ),
        (
            wire(4, 0x4000, 0, &[922, 3_372, 368, 5_477, 5_808]),
            decimal(i64::MIN, 0),
        ),
        (
            wire(4, 0, 0, &[922, 3_372, 368, 5_477, 5_808]),
            Cell::Float(9_223_372_036_854_775_808.0),
        ),
        (wire(75, 0x4000, 0, &[1]), Cell::Float(-1e300)),
    ] {
        assert_eq!(cell(1700, &bytes), expected, "{bytes:?}");
    }
}

#[test]
fn what_is_no_number_is_nothing() {
    let cut = wire(0, 0, 2, &[12, 5_000]);
    for bytes in [
        wire(0, 0xC000, 0, &[]),
        wire(0, 0xD000, 0, &[]),
        wire(0, 0xF000, 0, &[]),
        wire(0, 0, 0, &[10_000]),
        wire(32_767, 0, 0, &[1]),
        wire(0, 0, 300, &[1]),
        cut[..11].to_vec(),
        cut[..3].to_vec(),
        Vec::new(),
    ] {
        assert_eq!(cell(1700, &bytes), Cell::Null, "{bytes:?}");
    }
}

proptest::proptest! {
    #[test]
    fn units_come_back(units: i64, scale in 0_u8..19) {
        proptest::prop_assert_eq!(numeric::read(&numeric::write(units, scale)), decimal(units, scale));
    }

    #[test]
    fn no_bytes_make_it_panic(oid in proptest::sample::select(vec![16, 20, 21, 23, 114, 700, 701, 1082, 1083, 1114, 1184, 1700, 2950, 3802, 25]), bytes: Vec<u8>) {
        cell(oid, &bytes);
    }
}

#[test]
fn times_beyond_the_years_of_the_design_are_nothing() {
    assert_eq!(cell(1184, &i64::MAX.to_be_bytes()), Cell::Null);
    assert_eq!(cell(1184, &i64::MIN.to_be_bytes()), Cell::Null);
    assert_eq!(cell(1082, &i32::MAX.to_be_bytes()), Cell::Null);
    assert_eq!(cell(1083, &86_400_000_000_i64.to_be_bytes()), Cell::Null);
    assert_eq!(
        cell(1184, &0_i64.to_be_bytes()),
        Cell::Timestamp(946_684_800_000_000)
    );
    assert_eq!(cell(1082, &0_i32.to_be_bytes()), Cell::Date(10_957));
}

#[test]
fn a_value_of_another_class_is_nothing_and_so_is_text_that_no_database_holds() {
    let one = ParameterType::One;
    assert_eq!(
        bound(&Value::Text("x".into()), one(StorageClass::Uuid)).bytes(),
        None
    );
    assert_eq!(
        bound(&Value::Text("a\0".into()), one(StorageClass::Text)).bytes(),
        None
    );
    assert_eq!(
        bound(&Value::Text("a".into()), one(StorageClass::Text)).bytes(),
        Some(&b"a"[..])
    );
}
