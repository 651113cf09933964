//! Values that nobody can have written into the code under test.

use ch21::{Fault, Value};
use chrono::{NaiveDate, NaiveDateTime};
use mock::Seed;

/// What is written in another way than it looks.
const PIECES: &[&str] = &[
    "&",
    "<",
    ">",
    "]]>",
    "\r",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\"",
    "'",
    "&amp;",
    "&#13;",
    "<value>",
    "ä",
    "\u{1f35e}",
    "\u{85}",
    "\u{2028}",
    "\u{7f}",
    "\u{fffd}",
    "\u{10ffff}",
    "\\",
    "/",
];

pub fn text(seed: &mut Seed) -> String {
    let count = seed.number(0..=5);
    let mut piece = || if seed.number(0..=2) == 0 { seed.word() } else { seed.pick(PIECES).into() };
    (0..count).map(|_| piece()).collect()
}

pub fn time(seed: &mut Seed) -> NaiveDateTime {
    let mut number = |from, to| u32::try_from(seed.number(from..=to)).expect("a small number");
    let date = NaiveDate::from_ymd_opt(number(1000, 9999) as i32, number(1, 12), number(1, 28));
    let date = date.expect("a date");
    date.and_hms_opt(number(0, 23), number(0, 59), number(0, 59)).expect("a time")
}

fn int(seed: &mut Seed) -> i64 {
    let some = i64::from_le_bytes(seed.bytes(8).try_into().expect("eight bytes"));
    let bound = i64::from(i32::MAX);
    let known = [0, -1, bound, bound + 1, -bound - 1, -bound - 2, i64::MAX, i64::MIN];
    if seed.number(0..=1) == 0 { some } else { seed.pick(&known) }
}

fn double(seed: &mut Seed) -> f64 {
    let bits = u64::from_le_bytes(seed.bytes(8).try_into().expect("eight bytes"));
    let some = f64::from_bits(bits);
    let known = [0.0, -0.5, 0.1, 1e300, 5e-324, f64::MAX, f64::MIN_POSITIVE, 1e21];
    if some.is_finite() && seed.number(0..=1) == 0 { some } else { seed.pick(&known) }
}

/// A value that JSON has too, nested at most so deep.
pub fn in_json(seed: &mut Seed, depth: usize) -> Value {
    let last = if depth <= 1 { 4 } else { 6 };
    match seed.number(0..=last) {
        0 => Value::Nil,
        1 => Value::Bool(seed.number(0..=1) == 1),
        2 => Value::Int(int(seed)),
        3 => Value::Double(double(seed)),
        4 => Value::Text(text(seed)),
        5 => Value::Array((0..seed.number(0..=4)).map(|_| in_json(seed, depth - 1)).collect()),
        _ => Value::Struct(
            (0..seed.number(0..=4)).map(|_| (text(seed), in_json(seed, depth - 1))).collect(),
        ),
    }
}

/// Any value, nested at most so deep.
pub fn any(seed: &mut Seed, depth: usize) -> Value {
    match seed.number(0..=5) {
        0 => Value::Time(time(seed)),
        1 => {
            let count = seed.number(0..=100);
            Value::Bytes(seed.bytes(count))
        }
        2 if depth > 1 => {
            Value::Array((0..seed.number(0..=4)).map(|_| any(seed, depth - 1)).collect())
        }
        3 if depth > 1 => Value::Struct(
            (0..seed.number(0..=4)).map(|_| (text(seed), any(seed, depth - 1))).collect(),
        ),
        _ => in_json(seed, depth),
    }
}

/// A list in a list, so many levels deep: `[[]]` has two.
pub fn nested(levels: usize) -> Value {
    let one = Value::Array(Vec::new());
    (1..levels).fold(one, |inner, _| Value::Array(vec![inner]))
}

/// The number of the fault.
#[track_caller]
pub fn code<T: std::fmt::Debug>(outcome: Result<T, Fault>) -> i32 {
    let fault = outcome.expect_err("a fault");
    assert!(!fault.text.is_empty(), "it says what it is");
    fault.code
}
