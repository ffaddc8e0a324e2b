//! What an emitter is told beside the design.

use std::collections::BTreeMap;

use groma_ir::http::RouteId;

/// What an emitter is told beside the design: versions, places, and what other rooms know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// The version of the API, for `info.version`.
    pub version: String,
    /// The folder of the Markdown pages, relative to the same folder as the paths of the design's sources.
    pub folder: String,
    /// The path of the OpenAPI document, relative to the same folder.
    pub openapi: String,
    /// The command that writes the files again, for the first line of every page.
    pub command: String,
    /// Where the examples find the service: `http://127.0.0.1:8000`.
    pub base_url: String,
    /// What each route asks of the database.
    pub statements: BTreeMap<RouteId, Vec<DatabaseOperation>>,
}

/// One statement of a route.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DatabaseOperation {
    /// What it is for: `reads the page`.
    pub purpose: String,
    /// Its text.
    pub sql: String,
    /// The index that serves it, where one does.
    pub index: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            version: String::from("0.1.0"),
            folder: String::from("specs/api"),
            openapi: String::from("openapi.json"),
            command: String::from("groma spec"),
            base_url: String::from("http://127.0.0.1:8000"),
            statements: BTreeMap::new(),
        }
    }
}
