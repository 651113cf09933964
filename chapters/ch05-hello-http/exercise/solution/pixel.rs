/// A picture of one transparent pixel, which [`answer`](crate::answer) has at `/pixel.gif`.
///
/// The form is in the GIF 89a specification, <https://www.w3.org/Graphics/GIF/spec-gif89a.txt>.
#[rustfmt::skip] // a line for each part
pub const PIXEL: [u8; 43] = [
    b'G', b'I', b'F', b'8', b'9', b'a',
    1, 0, 1, 0, 0x80, 0, 0, // the screen: 1 by 1, a table of two colours, background 0
    0, 0, 0, 0xff, 0xff, 0xff, // black and white, of which nothing will be seen
    0x21, 0xf9, 4, 0x01, 0, 0, 0, 0, // colour 0 is transparent
    0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, // the picture: at 0, 0, and 1 by 1
    2, 2, 0b01_000_100, 0b1, 0, // from right to left 4, 0, and 5, of which a bit is in the next byte
    0x3b,
];
