//! Which route a method and a path mean, and which methods a path takes.

use std::collections::HashMap;

use groma_ir::http::{Http, PathPart, RouteId};

/// What a method and a path mean.
#[derive(Clone, PartialEq, Debug)]
pub enum Found<'f, 'r> {
    /// A route.
    Route {
        /// The route.
        route: RouteId,
        /// The parameters of the path, in order, still percent-encoded.
        params: Params<'r>,
        /// Whether the method was `HEAD`: the answer has no body.
        head: bool,
    },
    /// `OPTIONS`: 204 with these in `Allow`.
    Options {
        /// The methods that the path takes, comma-separated.
        allow: &'f str,
    },
    /// 405 with these in `Allow`.
    WrongMethod {
        /// The methods that the path takes, comma-separated.
        allow: &'f str,
    },
    /// 404.
    Nothing,
}

/// The parameters of a path, in order, still percent-encoded.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Params<'r>(pub Vec<&'r str>);

/// Every path of the design as a tree of its parts. A fixed part wins over a parameter.
#[derive(Default, Debug)]
pub(crate) struct Finder {
    root: Node,
}

#[derive(Default, Debug)]
struct Node {
    fixed: HashMap<String, Node>,
    param: Option<Box<Node>>,
    methods: Vec<(&'static str, RouteId)>,
    allow: String,
}

impl Finder {
    pub(crate) fn new(http: &Http) -> Self {
        let mut finder = Self::default();
        for (id, route) in http.routes.entries() {
            let mut node = &mut finder.root;
            for part in &route.path.parts {
                node = match part {
                    PathPart::Literal(text) => node.fixed.entry(text.clone()).or_default(),
                    PathPart::Key { .. } | PathPart::Caller { .. } | PathPart::Parent(_) => {
                        node.param.get_or_insert_default()
                    }
                };
            }
            node.methods.push((route.method.name(), id));
        }
        for (path, methods) in http.methods() {
            if let Some(node) = finder.root.at_mut(&path.parts) {
                node.allow = methods.join(", ");
            }
        }
        finder
    }

    pub(crate) fn find<'f, 'r>(&'f self, method: &str, path: &'r str) -> Found<'f, 'r> {
        let Some(path) = path.strip_prefix('/') else {
            return Found::Nothing;
        };
        let mut params = Vec::new();
        let Some(node) = self.root.find(Some(path), &mut params) else {
            return Found::Nothing;
        };
        let head = method == "HEAD";
        let wanted = if head { "GET" } else { method };
        match node.methods.iter().find(|(name, _)| *name == wanted) {
            Some((_, route)) => Found::Route {
                route: *route,
                params: Params(params),
                head,
            },
            None if method == "OPTIONS" => Found::Options { allow: &node.allow },
            None => Found::WrongMethod { allow: &node.allow },
        }
    }
}

impl Node {
    fn at_mut(&mut self, parts: &[PathPart]) -> Option<&mut Self> {
        parts.iter().try_fold(self, |node, part| match part {
            PathPart::Literal(text) => node.fixed.get_mut(text),
            PathPart::Key { .. } | PathPart::Caller { .. } | PathPart::Parent(_) => node.param.as_deref_mut(),
        })
    }

    /// The node at the end of the path. The depth of the calls is bounded by the longest route.
    fn find<'r>(&self, path: Option<&'r str>, params: &mut Vec<&'r str>) -> Option<&Self> {
        let Some(path) = path else {
            return (!self.methods.is_empty()).then_some(self);
        };
        let (part, rest) = match path.split_once('/') {
            Some((part, rest)) => (part, Some(rest)),
            None => (path, None),
        };
        if let Some(node) = self.fixed.get(part).and_then(|node| node.find(rest, params)) {
            return Some(node);
        }
        let param = self.param.as_deref().filter(|_| !part.is_empty())?;
        params.push(part);
        let found = param.find(rest, params);
        if found.is_none() {
            params.pop();
        }
        found
    }
}
