use crate::HttpError;
use anyhow::Result;
use std::io::Read;

/// The most parts that a form may have.
pub const MAX_PARTS: usize = 1000;

/// The longest head of a part, in bytes: from behind its boundary to its empty line, with it.
pub const MAX_PART_HEAD: usize = 8 * 1024;

/// The longest piece of a part's content, in bytes, and the most that is read ahead.
pub const MAX_PIECE: usize = 32 * 1024;

/// A form with files in it, `multipart/form-data` (RFC 7578, RFC 2046 section 5.1), read while it
/// comes:
///
/// ```text
/// --boundary                                         the first one needs no line end before it
/// Content-Disposition: form-data; name="note"        lines end in CR LF
///
/// hello                                              content, any bytes
/// --boundary                                         the line end before it belongs to it
/// Content-Disposition: form-data; name="file"; filename="a.txt"
/// Content-Type: text/plain
///
/// what is in the file
/// --boundary--                                       the last one
/// ```
///
/// What stands before the first boundary is passed over, and behind the last one nothing is read.
/// A boundary stands at the start of a line, which begins with two hyphens. Behind it come two
/// hyphens more, or the line ends, perhaps after spaces and tabs; anything else is 400. Where a
/// line only begins as if it were one, it is content.
///
/// Content comes in pieces of at most [`MAX_PIECE`] bytes. Bytes that were read are given out
/// before more are waited for, unless they may be the beginning of a boundary.
///
/// Malformed is 400: a head of a part that breaks one of the rules of
/// [`next_part`](Self::next_part), and a body that ends before the last boundary. What is more
/// than a limit is 413. An error of `input` is returned as it is; a read that was interrupted is
/// repeated. Behind an error nothing is promised.
#[derive(Debug)]
pub struct Multipart<R> {
    // What else must be known from one call to the next?
    input: R,
}

/// What the head of a part says.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The name of the field. A name may come again.
    pub name: String,
    /// The name that a file had where it comes from; if it is there, this is a file. It is empty
    /// where none was chosen. Whoever sends it may write anything: it is no path to be opened.
    pub file_name: Option<String>,
    /// The type, as it was sent.
    pub content_type: Option<String>,
}

impl<R: Read> Multipart<R> {
    /// A form that comes from `input`. Nothing is read yet.
    ///
    /// A type that is not `multipart/form-data`, in letters of either case, is 415. If the
    /// parameter `boundary` is not there, or comes twice, it is 400; and so it is if it does not
    /// have 1 to 70 letters, digits, spaces or characters of `'()+_,-./:=?`, of which the last is
    /// no space. Parameters are written as in the head of a part.
    pub fn new(content_type: &str, input: R) -> Result<Self, HttpError> {
        todo!("is it the right type? and what is the boundary?")
    }

    /// The head of the next part; `None` behind the last one. What was not read of the part
    /// before is passed over.
    ///
    /// A head is lines of a name, which is ASCII that can be seen, a colon, and a value, with
    /// spaces and tabs around it that do not count; then comes an empty line. A boundary straight
    /// behind that means that there is no content. What is no UTF-8 becomes U+FFFD. A CR or LF
    /// that does not end a line, and a NUL, are 400. So is a second `Content-Type`.
    /// `Content-Disposition` must be there once. Case does not matter in names of fields, and all
    /// other fields are passed over.
    ///
    /// Its value is the word `form-data`, in letters of either case, and parameters, each behind
    /// a semicolon, which may have spaces and tabs before and behind it; one more semicolon may
    /// stand at the end. A
    /// parameter is a name, in letters of either case, `=`, and a value, which is a word without
    /// spaces, tabs and quotation marks, or any text in quotation marks. There `\"` and `%22`
    /// stand for a quotation mark, `\\` for a backslash, `%0D` and `%0A` for CR and LF (digits of
    /// either case): browsers write the ones, and other clients the others. Each other backslash
    /// or percent sign stands for itself.
    ///
    /// `name` must be there and `filename` may be, each once. Other parameters are passed over
    /// (`filename*` too: RFC 7578 section 4.2), but none may come twice.
    pub fn next_part(&mut self) -> Result<Option<Part>> {
        todo!("pass over what is left; is it the last boundary? if not, read the head")
    }

    /// The next piece of the content of the part whose head was read last. None is empty. `None`
    /// at its end, and where there is no such part.
    pub fn next_piece(&mut self) -> Result<Option<Vec<u8>>> {
        todo!("what is surely content? and if nothing is, what comes next?")
    }

    /// What is left of the content of that part as text; 413 if it has more than `most` bytes.
    /// What is no UTF-8 becomes U+FFFD.
    pub fn text(&mut self, most: usize) -> Result<String> {
        todo!("piece by piece; and how long may it become?")
    }
}
