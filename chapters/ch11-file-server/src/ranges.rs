use std::ops::Range;

/// How many ranges may be asked for at once.
///
/// Each of them costs the client six bytes and us a header. In 2011 a request for 1,300
/// overlapping ranges brought down what was then the most common server (CVE-2011-3192).
pub const MAX_RANGES: usize = 32;

/// Which bytes of a file of `length` bytes a `Range` asks for, the first byte being number 0
/// (RFC 9110 section 14.1.2).
///
/// | value, of a file of 100 bytes | result |
/// |---|---|
/// | `bytes=0-9` | one range of ten bytes; the last byte is named, not the one behind it |
/// | `bytes=90-`, `bytes=90-999`, `bytes=-10` | the last ten bytes |
/// | `bytes=0-9,50-59` | two ranges, in this order |
/// | `bytes=0-9,5-14` | one range of 15 bytes: what overlaps or touches is joined |
/// | `bytes=100-`, `bytes=-0` | none: all lie behind the end, which is a 416 |
/// | `lines=1-2`, `bytes=9-0`, `bytes=`, over [`MAX_RANGES`] | `None`: as if it were not there |
///
/// A client may not rely on ranges, so what cannot be understood is answered with the whole
/// file. So is the end of a file that has no byte: no answer could say which part that is.
pub fn parse_ranges(value: &str, length: u64) -> Option<Vec<Range<u64>>> {
    let (unit, list) = value.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let specs = list.split(',').map(|spec| spec.trim_matches([' ', '\t']));
    let specs: Vec<&str> = specs.filter(|spec| !spec.is_empty()).collect();
    if specs.is_empty() || specs.len() > MAX_RANGES {
        return None;
    }
    let mut ranges = Vec::new();
    for spec in specs {
        let (first, last) = spec.split_once('-')?;
        let range = match (first, last) {
            ("", suffix) => {
                let count = number(suffix)?;
                if length == 0 && count > 0 {
                    return None;
                }
                length.saturating_sub(count)..length
            }
            (first, "") => number(first)?..length,
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                if last < first {
                    return None;
                }
                first..length.min(last.saturating_add(1))
            }
        };
        if range.start < range.end {
            join(&mut ranges, range);
        }
    }
    Some(ranges)
}

/// The number that is written in `digits`. One that is too large for us is larger than any
/// file, and that is all that counts.
fn number(digits: &str) -> Option<u64> {
    // `parse` alone would take a plus sign.
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// Adds `range` at the end, or makes one of it and of all that overlap or touch it, in the
/// place of the first of them.
fn join(ranges: &mut Vec<Range<u64>>, mut range: Range<u64>) {
    let touches = |a: &Range<u64>, b: &Range<u64>| a.start <= b.end && b.start <= a.end;
    let place = ranges.iter().position(|known| touches(known, &range));
    ranges.retain(|known| {
        let is_apart = !touches(known, &range);
        if !is_apart {
            range = range.start.min(known.start)..range.end.max(known.end);
        }
        is_apart
    });
    ranges.insert(place.unwrap_or(ranges.len()), range);
}
