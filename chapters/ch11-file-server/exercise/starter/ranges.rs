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
/// | `bytes=0-9,100-` | one range: what lies behind the end is left out |
/// | `bytes=100-`, `bytes=-0` | none: all lie behind the end |
/// | `lines=1-2`, `bytes=9-0`, `bytes=`, over [`MAX_RANGES`] | `None`: as if it were not there |
///
/// What is joined stands in the place of the first of its parts.
///
/// The unit has no case. Around each range there may be spaces and tabs, and between two commas
/// there may be nothing. A number is one or more digits and nothing else, however many there
/// are: one that is too large for a `u64` is larger than any file. One range that is none makes
/// the whole list `None`. So does the end (`bytes=-5`) of a file of no bytes.
pub fn parse_ranges(value: &str, length: u64) -> Option<Vec<Range<u64>>> {
    todo!("the unit; the list; of each range its two numbers; and then, which of them touch?")
}
