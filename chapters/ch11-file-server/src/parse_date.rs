use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The moment that a client names, in one of the three ways in which HTTP has ever
/// written it (RFC 9110 section 5.6.7).
///
/// | form | example |
/// |---|---|
/// | IMF-fixdate, the only one that is written today | `Sun, 06 Nov 1994 08:49:37 GMT` |
/// | RFC 850 | `Sunday, 06-Nov-94 08:49:37 GMT` |
/// | asctime | `Sun Nov  6 08:49:37 1994` |
///
/// `None` for anything else, a wrong day of the week among it. Of a year of two digits the
/// century is the one that makes it lie no more than 50 years after `now`.
///
/// ```
/// let now = chrono::Utc::now();
/// let moment = ch11::parse_date("Sun, 06 Nov 1994 08:49:37 GMT", now).unwrap();
/// assert_eq!(moment.timestamp(), 784_111_777);
/// assert_eq!(ch11::parse_date("yesterday", now), None);
/// ```
pub fn parse_date(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let words: Vec<&str> =
        text.split([' ', ',', '-', ':']).filter(|word| !word.is_empty()).collect();
    let (year, month, day, time) = match words[..] {
        [_, day, month, year, hour, minute, second, "GMT"] => {
            (year, month, day, [hour, minute, second])
        }
        [_, month, day, hour, minute, second, year] => (year, month, day, [hour, minute, second]),
        _ => return None,
    };
    let month = 1 + MONTHS.iter().position(|&name| name == month)? as u32;
    let day = day.parse().ok()?;
    let [hour, minute, second] = time.map(|number| number.parse().ok());
    let at = |year| NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(hour?, minute?, second?);
    let moment = match year.len() {
        2 => {
            let year = year.parse::<i32>().ok()? + now.year() / 100 * 100;
            let latest = now.checked_add_months(Months::new(50 * 12))?;
            at(year).filter(|moment| moment.and_utc() <= latest).or_else(|| at(year - 100))
        }
        _ => at(year.parse().ok()?),
    }?;
    // Whatever was read too generously is written in another way.
    let forms = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let is_right = forms.iter().any(|form| moment.format(form).to_string() == text);
    is_right.then_some(moment.and_utc())
}
