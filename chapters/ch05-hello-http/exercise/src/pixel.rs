/// A picture of one transparent pixel, which [`answer`](crate::answer) has at `/pixel.gif`.
///
/// It is a GIF of 43 bytes:
///
/// | bytes | what they are |
/// |--:|---|
/// | 6 | `GIF89a` |
/// | 7 | the screen: its width and height (two bytes each, the low one first), `0x80` (there is a table of two colours), the number of the background's colour, `0` |
/// | 6 | the two colours: three bytes each, red, green, blue, as you like |
/// | 8 | `0x21 0xf9 0x04`, then `0x01` (one of the colours is transparent), two bytes `0`, the number of that colour, `0` |
/// | 10 | `0x2c`, then the picture's distance from the left and from the top, its width and its height (two bytes each, the low one first), `0` |
/// | 5 | the pixel: `0x02`, `0x02` (two bytes follow), the two bytes, `0` |
/// | 1 | `0x3b` |
///
/// The two bytes of the pixel hold three numbers of three bits each: 4 (now it begins), the
/// number of the pixel's colour, 5 (that was all). The first number is in the three lowest bits
/// of the first byte, the next one in the bits above it, and what does not fit goes on in the
/// lowest bit of the second byte, whose other bits are 0.
pub const PIXEL: [u8; 43] = [0; 43]; // to be written
