//! Mermaid itself draws every diagram of the generated pages, in a real browser without a network.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::EXAMPLES;
use super::outside::{apt_install, folder, write};
use crate::run::{self, Outcome, failure};

const VERSION: &str = "12.3.0";
/// What the page says of a diagram that was drawn.
const DRAWN: &str = "drawn";

/// A diagram and the line that it stands at.
struct Diagram {
    place: String,
    text: String,
}

/// Draws them all; complains about those that Mermaid does not understand.
pub(super) fn run() -> Outcome {
    let diagrams = diagrams()?;
    if diagrams.is_empty() {
        return Err(failure("the pages of the examples have no diagram at all"));
    }
    let library = library()?;
    if !run::is_installed("chromium") {
        apt_install("chromium")?;
    }
    let page = folder().join("mermaid.html");
    write(&page, &html(&library, &diagrams))?;
    let shown = browse(&page)?;
    let wrong: Vec<String> = diagrams
        .iter()
        .enumerate()
        .filter_map(|(at, diagram)| complaint(&shown, at, diagram))
        .collect();
    if wrong.is_empty() {
        eprintln!("  {} diagrams drawn by Mermaid {VERSION}", diagrams.len());
        Ok(())
    } else {
        Err(failure(wrong.join("\n")))
    }
}

fn diagrams() -> Outcome<Vec<Diagram>> {
    let mut diagrams = Vec::new();
    for example in EXAMPLES {
        let folder = run::root().join(example).join("specs/api");
        let entries = std::fs::read_dir(&folder)
            .map_err(|error| failure(format!("cannot list `{}`: {error}", folder.display())))?;
        let mut pages: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
        pages.sort();
        for page in pages {
            let name = format!(
                "{example}/specs/api/{}",
                page.file_name().unwrap_or_default().display()
            );
            diagrams.extend(fences(&name, &run::read(&page)?));
        }
    }
    Ok(diagrams)
}

fn fences(name: &str, text: &str) -> Vec<Diagram> {
    let mut diagrams: Vec<Diagram> = Vec::new();
    let mut inside = false;
    for (at, line) in text.lines().enumerate() {
        match line.trim() {
            "```mermaid" => {
                inside = true;
                diagrams.push(Diagram {
                    place: format!("{name}:{}", at + 1),
                    text: String::new(),
                });
            }
            "```" => inside = false,
            _ if inside => {
                if let Some(diagram) = diagrams.last_mut() {
                    let _ = writeln!(diagram.text, "{line}");
                }
            }
            _ => {}
        }
    }
    diagrams
}

/// The library as one file, from the package at its pinned version.
fn library() -> Outcome<PathBuf> {
    let place = folder().join(format!("mermaid-{VERSION}"));
    let library = place.join("package/dist/mermaid.min.js");
    if !library.is_file() {
        std::fs::create_dir_all(&place)
            .map_err(|error| failure(format!("cannot make `{}`: {error}", place.display())))?;
        let mut pack = run::in_root("npm");
        run::run(
            pack.current_dir(&place)
                .args(["pack", "--silent", &format!("mermaid@{VERSION}")]),
        )?;
        let mut unpack = run::in_root("tar");
        unpack.current_dir(&place).args([
            "-xzf",
            &format!("mermaid-{VERSION}.tgz"),
            "package/dist/mermaid.min.js",
        ]);
        run::run(&mut unpack)?;
    }
    Ok(library)
}

/// A page that draws each diagram and writes below it how that went.
fn html(library: &Path, diagrams: &[Diagram]) -> String {
    let mut page = format!(
        "<!doctype html><meta charset=utf-8><script src=\"file://{}\"></script>\n",
        library.display()
    );
    for (at, diagram) in diagrams.iter().enumerate() {
        let text = diagram.text.replace('&', "&amp;").replace('<', "&lt;");
        let _ = writeln!(page, "<pre id=d{at}>{text}</pre><p id=r{at}>not drawn</p>");
    }
    page.push_str(SCRIPT);
    page
}

const SCRIPT: &str = r#"<script>
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
(async () => {
  for (const source of document.querySelectorAll("pre")) {
    const verdict = document.getElementById(source.id.replace("d", "r"));
    try {
      const { svg } = await mermaid.render("s" + source.id, source.textContent);
      const box = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
      verdict.textContent = box.querySelectorAll("g").length > 2 ? "drawn" : "empty";
    } catch (error) {
      verdict.textContent = String(error);
    }
  }
})();
</script>
"#;

fn browse(page: &Path) -> Outcome<String> {
    let profile = folder().join("browser");
    let mut browser = run::in_root("chromium");
    browser.args([
        "--headless",
        "--disable-gpu",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--virtual-time-budget=60000",
    ]);
    browser
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg("--dump-dom");
    browser.arg(format!("file://{}", page.display()));
    run::output(&mut browser)
}

fn complaint(shown: &str, at: usize, diagram: &Diagram) -> Option<String> {
    let start = format!("<p id=\"r{at}\">");
    let verdict = shown
        .split_once(&start)
        .and_then(|(_, rest)| rest.split_once("</p>"))
        .map_or("no answer", |found| found.0);
    (verdict != DRAWN).then(|| format!("{}: {verdict}", diagram.place))
}
