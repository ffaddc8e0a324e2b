//! Literals of the design as values that are stored.

use groma_ir::design::{ListType, Type, Value as Literal};
use groma_ir::sample;
use groma_ir::scalar::Scalar;

use crate::{Value, literal_of};

#[test]
fn literals_of_json_are_json_text() {
    let design = sample::tasks().design;
    let json = Type::Scalar(Scalar::Json);
    for (literal, text) in [
        (Literal::Text("a \"b\"".to_owned()), r#""a \"b\"""#),
        (Literal::Int(-5), "-5"),
        (Literal::Bool(true), "true"),
    ] {
        let value = literal_of(&design, &json, &literal);
        assert_eq!(value, Value::Json(text.to_owned()), "{literal:?}");
    }
    assert_eq!(literal_of(&design, &json, &Literal::None), Value::Null);
    let list = Type::List(Box::new(ListType {
        item: json,
        min: 0,
        max: None,
    }));
    let items = Literal::List(vec![Literal::Text("a".to_owned()), Literal::Int(1)]);
    let value = literal_of(&design, &list, &items);
    assert_eq!(value, Value::Json(r#"["a",1]"#.to_owned()));
}
