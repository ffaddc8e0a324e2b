//! Cursors: what goes in comes out, and nothing else does.

use groma_ir::Id;
use groma_ir::design::FieldId;
use groma_ir::scalar::StorageClass;
use proptest::prelude::*;

use crate::cursor::{decode, encode};
use crate::{Query, SortTerm, Value};

const CLASSES: [StorageClass; 9] = [
    StorageClass::Text,
    StorageClass::Int,
    StorageClass::Float,
    StorageClass::Decimal {
        precision: 9,
        scale: 2,
    },
    StorageClass::Bool,
    StorageClass::Uuid,
    StorageClass::Date,
    StorageClass::Time,
    StorageClass::Timestamp,
];

fn value(class: StorageClass) -> BoxedStrategy<Value> {
    match class {
        StorageClass::Text => any::<String>()
            .prop_map(|text| Value::Text(text.replace('\0', "")))
            .boxed(),
        StorageClass::Int => any::<i64>().prop_map(Value::Int).boxed(),
        StorageClass::Float => (-1e300_f64..1e300).prop_map(Value::Float).boxed(),
        StorageClass::Decimal { scale, .. } => any::<i64>()
            .prop_map(move |units| Value::Decimal { units, scale })
            .boxed(),
        StorageClass::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        StorageClass::Uuid => any::<[u8; 16]>().prop_map(Value::Uuid).boxed(),
        StorageClass::Date => (-719_162..2_932_897_i32).prop_map(Value::Date).boxed(),
        StorageClass::Time => (0..86_400_000_000_i64).prop_map(Value::Time).boxed(),
        StorageClass::Timestamp => any::<i32>()
            .prop_map(|at| Value::Timestamp(i64::from(at)))
            .boxed(),
        StorageClass::Json => Just(Value::Null).boxed(),
    }
}

fn terms() -> impl Strategy<Value = Vec<(SortTerm, Value)>> {
    let term = (0..CLASSES.len(), any::<bool>(), any::<bool>()).prop_flat_map(|(at, nullable, is_null)| {
        let term = SortTerm {
            field: FieldId::new(0),
            descending: false,
            nullable,
            class: CLASSES[at],
            variants: Vec::new(),
        };
        let value = if nullable && is_null {
            Just(Value::Null).boxed()
        } else {
            value(CLASSES[at])
        };
        (Just(term), value)
    });
    proptest::collection::vec(term, 1..5)
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(terms in terms(), digest in any::<u64>()) {
        let (sort, values): (Vec<SortTerm>, Vec<Value>) = terms.into_iter().unzip();
        let query = Query { digest, ..Query::default() };
        let cursor = encode(&query, &values);
        prop_assert_eq!(decode(&cursor, digest, &sort), Some(values));
        prop_assert_eq!(decode(&cursor, digest ^ 1, &sort), None);
    }

    #[test]
    fn forged_ones_do_not_break_it(terms in terms(), bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        use base64::Engine as _;
        let sort: Vec<SortTerm> = terms.into_iter().map(|(term, _)| term).collect();
        let mut forged = vec![1, 0, 0, 0, 0, 0, 0, 0, 7];
        forged.extend(bytes);
        let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&forged);
        if let Some(values) = decode(&text, 7, &sort) {
            prop_assert_eq!(values.len(), sort.len());
            // Whatever was let in can be written.
            for value in values {
                drop(value.to_wire_text());
            }
        }
    }

    #[test]
    fn no_text_breaks_it(text in any::<String>()) {
        prop_assert_eq!(decode(&text, 7, &[]), None);
    }
}

/// What the checker goes by (W439).
#[test]
fn the_longest_text_that_may_be_sorted_by_takes_6_kib() {
    let cursor = |characters| {
        let text = Value::Text("\u{1F600}".repeat(characters));
        encode(&Query::default(), &[text, Value::Uuid([7; 16])])
    };
    assert!(cursor(1144).len() <= 6 * 1024);
    assert!(cursor(1145).len() > 6 * 1024);
}

#[test]
fn text_that_no_database_takes_is_no_place_to_go_on_from() {
    let sort = [SortTerm {
        field: FieldId::new(0),
        descending: false,
        nullable: false,
        class: StorageClass::Text,
        variants: Vec::new(),
    }];
    let cursor = |text: &str| {
        let query = Query {
            digest: 7,
            ..Query::default()
        };
        encode(&query, &[Value::Text(text.to_owned())])
    };
    assert!(decode(&cursor("a b"), 7, &sort).is_some());
    assert_eq!(decode(&cursor("a\0b"), 7, &sort), None);
}
