//! The calendar beside another one.

use jiff::Timestamp;
use jiff::civil::Date;
use proptest::prelude::*;

use crate::time::{AFTER_LAST, DAY, FIRST, parse_date, parse_timestamp};
use crate::{date_text, timestamp_text};

#[test]
fn every_day_of_the_calendar_goes_there_and_back() {
    let (first, last) = (
        i32::try_from(FIRST / DAY).unwrap(),
        i32::try_from(AFTER_LAST / DAY).unwrap(),
    );
    for days in first..last {
        assert_eq!(parse_date(&date_text(days)), Ok(days));
    }
    assert_eq!(&date_text(first), b"0001-01-01");
    assert_eq!(&date_text(last - 1), b"9999-12-31");
}

proptest! {
    #[test]
    fn dates_are_those_of_another_calendar(year in 0_i16..=9_999, month in 0_i8..14, day in 0_i8..33) {
        let text = format!("{year:04}-{month:02}-{day:02}");
        let theirs = Date::new(year, month, day).ok().filter(|date| date.year() > 0);
        prop_assert_eq!(parse_date(text.as_bytes()).is_ok(), theirs.is_some(), "{}", text);
    }

    #[test]
    fn instants_are_those_of_another_calendar(micros in FIRST..AFTER_LAST, offset in -1_439_i64..1_440) {
        let instant = Timestamp::from_microsecond(micros).unwrap();
        let ours = timestamp_text(micros);
        prop_assert_eq!(std::str::from_utf8(&ours).unwrap(), format!("{instant:.6}"));
        let local = micros + offset * 60_000_000;
        if (FIRST..AFTER_LAST).contains(&local) {
            let text = timestamp_text(local);
            let sign = if offset < 0 { '-' } else { '+' };
            let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
            let text = format!("{}{sign}{hours:02}:{minutes:02}", std::str::from_utf8(&text[..26]).unwrap());
            prop_assert_eq!(parse_timestamp(text.as_bytes()), Ok(micros), "{}", text);
        }
    }

    #[test]
    fn no_text_breaks_it(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let _ = (parse_timestamp(&bytes), parse_date(&bytes), crate::time::parse_time(&bytes));
    }
}
