//! The benchmarks of `cargo xtask bench`: one subcommand each, every figure beside its peer's from the same run.

mod check;
mod serve;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check", groma] => check::run(groma),
        ["serve", groma, peer, project] => serve::run(groma, peer, project),
        _ => Err("usage: groma-bench check GROMA | serve GROMA PEER PROJECT".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
