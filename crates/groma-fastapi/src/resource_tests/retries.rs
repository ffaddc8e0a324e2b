//! Tests of requests that are sent again with their `Idempotency-Key`, by the first thing that Alice may make.

use groma_files::FileSet;

use super::Tests;
use crate::cx::Cx;
use crate::python::string;

const RETRIES: &str = include_str!("../../project/tests/conformance/test_retries.py");
const REPLIES: &str = include_str!("../../project/tests/test_replies.py");

/// Adds them; none where nothing that Alice may make stands by itself.
pub(crate) fn add(cx: &Cx<'_>, files: &mut FileSet) {
    let mut packages = cx.packages.iter();
    let Some((path, body)) = packages.find_map(|package| Tests::new(cx, package).sample()) else {
        return;
    };
    let text = RETRIES
        .replacen("PATH = \"path\"", &format!("PATH = {}", string(&path)), 1)
        .replacen("    return {}\n", &body.statement(4, "return ", ""), 1);
    files.insert("tests/conformance/test_retries.py", text);
    let engine = if cx.owner.asynchronous {
        "plain_engine"
    } else {
        "engine"
    };
    let text = REPLIES.replacen("app.state.engine", &format!("app.state.{engine}"), 1);
    files.insert("tests/test_replies.py", text);
}
