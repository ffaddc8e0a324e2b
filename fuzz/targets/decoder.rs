//! Any request is found, admitted and decoded, or refused with a client's status; never a panic.
//!
//! The input is lines: method, path, query, then the body with whatever bytes it has.

#![no_main]

use std::sync::LazyLock;

use groma_ir::design::RoleSet;
use groma_plan::{Found, Incoming, Plans, World};
use libfuzzer_sys::fuzz_target;

static PLANS: LazyLock<Plans> = LazyLock::new(|| Plans::new(&groma_ir::sample::tasks()));

const WORLD: World = World { now: 1_795_300_000_000_000, uuid: || [7; 16], random: |buffer| buffer.fill(7) };

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(4, |byte| *byte == b'\n');
    let mut text = || lines.next().and_then(|line| std::str::from_utf8(line).ok()).unwrap_or_default();
    let (method, path, query) = (text(), text(), text());
    let body = lines.next().unwrap_or_default();
    let Found::Route { route, params, .. } = PLANS.find(method, path) else { return };
    let Some(caller) = PLANS.caller("alice", RoleSet::EMPTY, Vec::new()) else { return };
    if PLANS.admit(route, &params, &caller).is_err() {
        return;
    }
    let incoming = Incoming {
        route,
        params: &params,
        path,
        query: Some(query),
        body,
        if_match: Some(query),
        if_none_match: None,
        idempotency_key: Some(query),
    };
    match PLANS.decode(&incoming, &caller, &WORLD) {
        Ok(_) => {}
        Err(failure) => {
            let status = failure.problem.status();
            assert!((400..500).contains(&status), "an input is the client's mistake, and not a {status}");
            let written = groma_plan::problem_json(&failure, path, "request");
            assert!(std::str::from_utf8(&written).is_ok(), "a problem is UTF-8");
        }
    }
});
