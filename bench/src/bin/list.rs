//! Pages of a list that five rules open, over ever more rows: what a page costs should not follow them.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use groma_bench::serving::{Folder, Result, Server, copy_design, get, start_groma, tokens};
use groma_bench::{load, many};

const ROUND: Duration = Duration::from_millis(500);
/// The sizes take turns, so that what else the machine does falls on all of them.
const ROUNDS: usize = 11;
/// How many pages of 100 a later page comes after.
const PAGES_BEFORE: usize = 10;

/// The page that a person asks for.
type PageOf = fn(&Service, usize) -> Result<Page>;

/// What is asked for by everyone.
const PAGES: [(&str, PageOf); 6] = [
    ("first page of 20", |of, person| of.page(person, "limit=20")),
    ("first page of 100", |of, person| of.page(person, "limit=100")),
    ("page of 20 after 1,000 rows", Service::later),
    ("oldest first", |of, person| {
        of.page(person, "limit=20&sort=created_at")
    }),
    ("in one project", |of, person| {
        let filter = format!("limit=20&project_id={}", many::project_of(person));
        of.page(person, &filter)
    }),
    ("all, as an admin", |of, _| {
        let token = of.admin.clone();
        let target = String::from("/api/docs?limit=20");
        Ok(Page { token, target })
    }),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match &arguments[..] {
        [groma, project, sizes @ ..] if !sizes.is_empty() => run(groma, project, sizes),
        _ => Err("usage: list GROMA PROJECT ROWS..".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(groma: &str, project: &str, sizes: &[String]) -> Result<()> {
    let mut services = Vec::new();
    for size in sizes {
        services.push(Service::new(groma, Path::new(project), size.parse()?)?);
    }
    println!(
        "{} people, {ROUNDS} rounds of {} ms, one request at a time; medians in microseconds, and how often the first\n",
        many::PEOPLE,
        ROUND.as_millis()
    );
    print!("{:<28}", "rows");
    for service in &services {
        print!(" {:>16}", service.rows);
    }
    println!();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    for (name, page) in PAGES {
        let mut medians = vec![Vec::new(); services.len()];
        let requests = services
            .iter()
            .map(|service| service.requests(page))
            .collect::<Result<Vec<_>>>()?;
        for _ in 0..ROUNDS {
            for ((service, requests), medians) in services.iter().zip(&requests).zip(&mut medians) {
                let measured = runtime.block_on(load::run(service.server.address, requests, 1, ROUND))?;
                if measured.failures > 0 {
                    return Err(format!("`{name}`: some answers were not 2xx").into());
                }
                medians.push(measured.p50);
            }
        }
        report(name, medians);
    }
    Ok(())
}

/// Writes the median of each size, and how it compares with the first.
fn report(name: &str, medians: Vec<Vec<u32>>) {
    print!("{name:<28}");
    let mut first = None;
    for mut of_size in medians {
        of_size.sort_unstable();
        let middle = f64::from(of_size.get(ROUNDS / 2).copied().unwrap_or(0));
        let base = *first.get_or_insert(middle);
        print!(" {middle:>8.0} {:>7.2}", middle / base);
    }
    println!();
}

/// A request for a page.
struct Page {
    token: String,
    target: String,
}

/// A server over so many rows.
struct Service {
    rows: usize,
    server: Server,
    tokens: Vec<String>,
    admin: String,
    /// Holds the database; goes after the server.
    _folder: Folder,
}

impl Service {
    fn new(groma: &str, project: &Path, rows: usize) -> Result<Self> {
        eprintln!("  {rows} rows");
        let folder = Folder::new(&rows.to_string())?;
        let database = folder.0.join("bench.db");
        copy_design(project, &folder.0)?;
        // The first start makes the tables; the rows come in behind its back.
        drop(start_groma(groma, &folder.0, &database)?);
        many::fill(&mut rusqlite::Connection::open(&database)?, rows)?;
        let server = start_groma(groma, &folder.0, &database)?;
        let people = tokens(&folder.0, (0..many::PEOPLE).map(many::person), &[])?;
        let admin = tokens(&folder.0, std::iter::once(String::from("admin")), &["admin"])?;
        Ok(Self {
            rows,
            server,
            tokens: people,
            admin: admin.concat(),
            _folder: folder,
        })
    }

    fn page(&self, person: usize, query: &str) -> Result<Page> {
        let token = self.tokens.get(person).ok_or("there are not so many people")?;
        Ok(Page {
            token: token.clone(),
            target: format!("/api/docs?{query}"),
        })
    }

    /// A page far behind the first.
    fn later(&self, person: usize) -> Result<Page> {
        let mut query = String::from("limit=100");
        for _ in 0..PAGES_BEFORE {
            let page = self.page(person, &query)?;
            let body = get(self.server.address, &page.target, &page.token)?;
            let cursor = body.get("next_cursor").and_then(serde_json::Value::as_str);
            query = format!("limit=100&cursor={}", cursor.ok_or("the list ends too early")?);
        }
        self.page(person, &query.replace("limit=100", "limit=20"))
    }

    fn requests(&self, page: PageOf) -> Result<Vec<Vec<u8>>> {
        (0..many::PEOPLE)
            .map(|person| {
                let Page { token, target } = page(self, person)?;
                let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n");
                Ok(format!("{head}Authorization: Bearer {token}\r\n\r\n").into_bytes())
            })
            .collect()
    }
}
