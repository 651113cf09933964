use crate::Body;
use std::io;

/// What `body` consists of, piece by piece: for middleware that looks at each of them.
///
/// A body of known length loses it on this way.
pub fn pieces_of(mut body: Body) -> impl Iterator<Item = io::Result<Vec<u8>>> + Send {
    std::iter::from_fn(move || {
        let mut piece = Vec::new();
        match body.next_piece(&mut piece) {
            Ok(()) if piece.is_empty() => None,
            outcome => Some(outcome.map(|()| piece)),
        }
    })
}
