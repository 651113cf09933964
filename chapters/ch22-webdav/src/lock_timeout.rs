use crate::Request;

/// The longest time for which a lock is given, in seconds. Whoever needs it longer asks again; the
/// lock of a client that is gone ends by then.
pub const LONGEST_LOCK: u32 = 3600;

/// For how long a request wants a lock, in seconds, from 1 to [`LONGEST_LOCK`]: the first that can
/// be understood of a list such as `Infinite, Second-4100000000` (RFC 4918 section 10.7). If there
/// is none, it is [`LONGEST_LOCK`].
pub fn lock_timeout(request: &Request) -> u32 {
    // The words may be written in any case (RFC 5234 section 2.3).
    let wishes = request.headers.get_text("Timeout").unwrap_or_default().to_ascii_lowercase();
    let mut wishes = wishes.split(',').map(str::trim);
    let seconds = wishes.find_map(|wish| match wish.strip_prefix("second-") {
        // A number that no number can hold is a long time, too.
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(digits.parse().unwrap_or(u32::MAX))
        }
        _ => (wish == "infinite").then_some(u32::MAX),
    });
    seconds.unwrap_or(LONGEST_LOCK).clamp(1, LONGEST_LOCK)
}
