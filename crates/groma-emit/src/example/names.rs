//! What a value of text usually says, by the name of its field and of its entity.
//!
//! Two values a name: the second one is what an update changes the first one to.

/// Two examples of one thing.
pub(super) type Pair = (&'static str, &'static str);

/// Examples for a text field, by its name; `None` when the name says nothing.
pub(super) fn by_field(entity: &str, field: &str) -> Option<Pair> {
    let field = field.to_lowercase();
    if matches!(
        field.as_str(),
        "name" | "title" | "label" | "subject" | "headline"
    ) {
        return by_entity(entity).or_else(|| lookup(FIELDS, &field));
    }
    lookup(FIELDS, &field).or_else(|| field.rsplit('_').next().and_then(|last| lookup(FIELDS, last)))
}

/// Examples for the name or the title of a row, by its entity.
pub(super) fn by_entity(entity: &str) -> Option<Pair> {
    lookup(ENTITIES, &entity.to_lowercase())
}

fn lookup(table: &[(&[&str], Pair)], name: &str) -> Option<Pair> {
    table
        .iter()
        .find(|(names, _)| names.contains(&name))
        .map(|(_, pair)| *pair)
}

const ENTITIES: &[(&[&str], Pair)] = &[
    (
        &[
            "user", "person", "member", "customer", "author", "contact", "employee", "student", "patient",
            "owner",
        ],
        ("Ada Lovelace", "Grace Hopper"),
    ),
    (
        &["task", "todo", "item", "reminder", "subtask"],
        ("Prepare the quarterly report", "Send the quarterly report"),
    ),
    (
        &["project", "board", "campaign"],
        ("Website relaunch", "Website relaunch 2027"),
    ),
    (
        &[
            "team",
            "organization",
            "organisation",
            "company",
            "tenant",
            "workspace",
            "account",
            "vendor",
            "supplier",
        ],
        ("Northwind", "Northwind Trading"),
    ),
    (
        &["note", "page", "document", "memo"],
        ("Minutes of the Monday meeting", "Minutes of the Tuesday meeting"),
    ),
    (
        &["post", "article", "story"],
        (
            "What we learned in the first year",
            "What we learned in two years",
        ),
    ),
    (&["product", "article_item"], ("Desk lamp", "Desk lamp, brass")),
    (
        &["issue", "ticket", "bug", "incident"],
        ("Export fails for large files", "Export is slow for large files"),
    ),
    (
        &["event", "meeting", "appointment", "session"],
        ("Team offsite", "Team offsite in Porto"),
    ),
    (&["book"], ("The Left Hand of Darkness", "The Dispossessed")),
    (
        &["course", "lesson"],
        ("Introduction to statistics", "Statistics with examples"),
    ),
    (
        &["category", "topic", "folder", "group", "collection", "list"],
        ("Errands", "Errands in town"),
    ),
    (&["tag", "label"], ("urgent", "waiting")),
    (&["room", "location", "place"], ("Room 2", "Room 3")),
    (&["city"], ("Lisbon", "Porto")),
    (&["recipe"], ("Caldo verde", "Caldo verde for eight")),
];

const FIELDS: &[(&[&str], Pair)] = &[
    (
        &["notes", "note", "description", "details", "detail"],
        (
            "Figures from finance are due on Thursday.",
            "Figures from finance have arrived.",
        ),
    ),
    (
        &["body", "content", "text", "message"],
        (
            "Thank you for the quick answer. I will look at it tomorrow.",
            "I have looked at it and agree.",
        ),
    ),
    (
        &["comment", "reply", "feedback", "review"],
        ("Looks good to me.", "One question about the second part."),
    ),
    (
        &["summary", "excerpt", "abstract"],
        ("The first quarter in one page.", "The first half in one page."),
    ),
    (
        &["bio", "about"],
        ("Writes about engines.", "Writes about engines and poetry."),
    ),
    (&["reason"], ("No longer needed.", "Replaced by another one.")),
    (&["subject", "headline"], ("Delivery date", "New delivery date")),
    (
        &["label", "tags", "tag", "labels", "keywords", "keyword"],
        ("finance", "reports"),
    ),
    (&["category", "kind", "type"], ("general", "special")),
    (&["first_name", "firstname", "given_name"], ("Ada", "Grace")),
    (
        &["last_name", "lastname", "family_name", "surname"],
        ("Lovelace", "Hopper"),
    ),
    (
        &["full_name", "display_name", "author", "contact"],
        ("Ada Lovelace", "Grace Hopper"),
    ),
    (&["username", "handle", "login", "nickname"], ("ada", "grace")),
    (&["email", "mail"], ("ada@example.com", "grace@example.com")),
    (
        &["phone", "mobile", "telephone", "fax"],
        ("+351 210 000 001", "+351 210 000 002"),
    ),
    (
        &["company", "organization", "organisation", "vendor", "brand"],
        ("Northwind", "Northwind Trading"),
    ),
    (
        &["street", "address", "address1"],
        ("12 Harbour Street", "14 Harbour Street"),
    ),
    (
        &["zip", "postcode", "postal_code", "zipcode"],
        ("1100-148", "4000-066"),
    ),
    (&["city", "town"], ("Lisbon", "Porto")),
    (&["state", "region", "province"], ("Lisboa", "Norte")),
    (&["country"], ("PT", "ES")),
    (&["location", "place", "venue", "room"], ("Room 2", "Room 3")),
    (&["currency"], ("EUR", "USD")),
    (&["locale", "language", "lang"], ("en", "pt")),
    (
        &["timezone", "tz", "time_zone"],
        ("Europe/Lisbon", "Europe/Madrid"),
    ),
    (&["color", "colour"], ("#3366ff", "#cc3300")),
    (&["icon", "emoji"], ("star", "flag")),
    (&["sku"], ("DL-1001", "DL-1002")),
    (&["isbn"], ("9780441478125", "9780060512750")),
    (&["code", "number", "reference", "ref"], ("A-1001", "A-1002")),
    (&["version"], ("1.2.0", "1.3.0")),
    (&["unit"], ("piece", "box")),
    (&["file", "filename", "path"], ("report.pdf", "report-2.pdf")),
    (
        &["mime", "content_type", "media_type"],
        ("application/pdf", "text/plain"),
    ),
    (&["slug"], ("quarterly-report", "half-year-report")),
    (
        &["image", "avatar", "photo", "picture", "logo"],
        ("https://example.com/ada.png", "https://example.com/grace.png"),
    ),
    (
        &["url", "link", "website", "homepage"],
        ("https://example.com/report", "https://example.com/report-2"),
    ),
    (&["name", "title"], ("First example", "Second example")),
];
