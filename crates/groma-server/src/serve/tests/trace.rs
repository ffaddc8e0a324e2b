use hyper::header::{HeaderMap, HeaderValue};

use super::super::trace::trace_id;

fn of(text: &'static str) -> Option<String> {
    let mut headers = HeaderMap::new();
    headers.insert("traceparent", HeaderValue::from_static(text));
    trace_id(&headers).map(str::to_owned)
}

#[test]
fn only_a_well_formed_parent_is_taken_over() {
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let good = of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    assert_eq!(good.as_deref(), Some(trace));
    let later = of("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes");
    assert_eq!(later.as_deref(), Some(trace));
    for bad in [
        "",
        "00",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
    ] {
        assert_eq!(of(bad), None, "{bad}");
    }
}
