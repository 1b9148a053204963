//! Letters and characters from the bitmaps of GNU Unifont: 16 pixels high, 8 or 16 wide.

use super::canvas::{Canvas, Colour};
use unifont::{Glyph, get_glyph};

/// A character's height in its own pixels.
pub(super) const HEIGHT: i32 = 16;

/// Writes text in its own size, cut where the canvas ends.
pub(super) fn write(canvas: &mut Canvas, x: i32, y: i32, text: &str, colour: Colour) {
    let mut pen = x;
    for character in text.chars() {
        pen += character_at(canvas, (pen, y), character, (1, 1), 0, colour);
    }
}

/// Draws one character so many times as wide and as high, its strokes thicker by `bolder` pixels; answers how far
/// the pen moves.
pub(super) fn character_at(
    canvas: &mut Canvas,
    (x, y): (i32, i32),
    character: char,
    (across, down): (i32, i32),
    bolder: i32,
    colour: Colour,
) -> i32 {
    let Some(glyph) = get_glyph(character) else { return 8 * across };
    let width = glyph.get_width() as i32;
    for row in 0..HEIGHT {
        for column in 0..width {
            if is_set(glyph, column, row) {
                canvas.rectangle(x + column * across, y + row * down, across + bolder, down, colour);
            }
        }
    }
    width * across
}

fn is_set(glyph: &Glyph, column: i32, row: i32) -> bool {
    glyph.get_pixel(column as usize, row as usize)
}
