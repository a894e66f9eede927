//! A venue's address as a QR code: for the poster, for the operator's own leaflet, for a screen.
//!
//! Level Q lets a quarter of the code be worn or stained. The quiet zone of four modules is part of
//! every picture, because a code pasted onto a coloured menu without it can't be read. An address
//! in capitals (`HTTPS://HOST/V/…`) is encoded in the alphanumeric mode, which saves a size or two;
//! what comes in is encoded as it stands.
//!
//! The SVG is one outline, not a square a module: no hairlines between the squares, whoever draws
//! it, and small enough to stand inside a page.
//!
//! No logo is ever put over the code, and no colour is chosen here: black on white reads best.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

use crate::error::PrintError;

/// The light border, in modules, that the standard asks for.
pub const QUIET_ZONE: u32 = 4;

/// The largest PNG: [`Code::png`] takes at most this many pixels a module.
pub const MAX_PIXELS: u32 = 64;

/// One address, encoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    code: QrCode,
}

impl Code {
    /// Encodes an address as it stands, at level Q or better.
    pub fn new(url: &str) -> Result<Self, PrintError> {
        QrCode::encode_text(url, QrCodeEcc::Quartile)
            .map(|code| Self { code })
            .map_err(|_| PrintError::CodeTooLong { length: url.len() })
    }

    /// Modules on one side, the quiet zone included.
    #[must_use]
    pub fn side(&self) -> u32 {
        self.inner() as u32 + 2 * QUIET_ZONE
    }

    /// The code as SVG: one path, with a title that a screen reader says.
    #[must_use]
    pub fn svg(&self, title: &str) -> String {
        let side = self.side();
        let title = escape(title);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
             role=\"img\" shape-rendering=\"crispEdges\"><title>{title}</title>\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
             <path fill=\"#000\" fill-rule=\"evenodd\" d=\""
        );
        self.outline(&mut svg);
        svg.push_str("\"/></svg>\n");
        svg
    }

    /// The code as a PNG of black and white, with a whole number of pixels a module
    /// (1 to [`MAX_PIXELS`]): scaled up without smoothing it stays crisp.
    #[must_use]
    pub fn png(&self, pixels_per_module: u32) -> Vec<u8> {
        let scale = pixels_per_module.clamp(1, MAX_PIXELS);
        let side = self.side() * scale;
        let row_bytes = side.div_ceil(8) as usize;
        let mut pixels = Vec::with_capacity(row_bytes * side as usize);
        for y in 0..self.side() {
            let mut row = vec![0xff; row_bytes];
            for x in (0..side).filter(|x| self.is_dark(x / scale, y)) {
                row[(x / 8) as usize] &= !(0x80 >> (x % 8));
            }
            for _ in 0..scale {
                pixels.extend_from_slice(&row);
            }
        }

        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&pixels))
            .expect("a vector takes every byte, and the pixels are as many as the header says");
        png
    }

    /// Modules on one side without the quiet zone.
    fn inner(&self) -> i32 {
        self.code.size()
    }

    /// Whether the module at a place, counted with the quiet zone, is dark.
    fn is_dark(&self, x: u32, y: u32) -> bool {
        let (x, y) = (x as i32 - QUIET_ZONE as i32, y as i32 - QUIET_ZONE as i32);
        self.code.get_module(x, y)
    }

    /// Writes the border of the dark area as closed lines, the dark to their right.
    ///
    /// Each corner of the grid has at most two lines that leave it; where two dark modules touch
    /// only by that corner, either may be taken, since the filling is by even and odd.
    fn outline(&self, path: &mut String) {
        let side = self.side() as usize + 1;
        let mut edges = vec![[false; 4]; side * side];
        for y in 0..self.side() {
            for x in (0..self.side()).filter(|x| self.is_dark(*x, y)) {
                let corner = |dx: u32, dy: u32| (y + dy) as usize * side + (x + dx) as usize;
                for (neighbour, from, direction) in [
                    ((x, y - 1), corner(0, 0), RIGHT),
                    ((x + 1, y), corner(1, 0), DOWN),
                    ((x, y + 1), corner(1, 1), LEFT),
                    ((x - 1, y), corner(0, 1), UP),
                ] {
                    edges[from][direction] = !self.is_dark(neighbour.0, neighbour.1);
                }
            }
        }

        for start in 0..edges.len() {
            while let Some(first) = edges[start].iter().position(|edge| *edge) {
                write!(path, "M{} {}", start % side, start / side).expect("a string takes every character");
                let (mut at, mut direction, mut length) = (start, first, 0);
                while let Some(next) = next_edge(&edges[at], direction) {
                    if next != direction {
                        step(path, direction, length);
                        (direction, length) = (next, 0);
                    }
                    edges[at][next] = false;
                    length += 1;
                    at = match next {
                        RIGHT => at + 1,
                        DOWN => at + side,
                        LEFT => at - 1,
                        _ => at - side,
                    };
                }
                step(path, direction, length);
                path.push('z');
            }
        }
    }
}

const RIGHT: usize = 0;
const DOWN: usize = 1;
const LEFT: usize = 2;
const UP: usize = 3;

/// The line that leaves a corner: straight on where there is one, else either turn.
fn next_edge(edges: &[bool; 4], direction: usize) -> Option<usize> {
    [direction, (direction + 1) % 4, (direction + 3) % 4].into_iter().find(|next| edges[*next])
}

fn step(path: &mut String, direction: usize, length: i32) {
    let (letter, length) = match direction {
        RIGHT => ('h', length),
        DOWN => ('v', length),
        LEFT => ('h', -length),
        _ => ('v', -length),
    };
    write!(path, "{letter}{length}").expect("a string takes every character");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "HTTPS://TADORI.OSAKA.EXAMPLE/V/0123456789ABCDEFGHJKMNPQRST";

    fn read_back(png: &[u8]) -> String {
        let picture = image::load_from_memory(png).expect("a PNG").to_luma8();
        let mut picture = rqrr::PreparedImage::prepare(picture);
        let grids = picture.detect_grids();
        assert_eq!(grids.len(), 1, "one code");
        grids[0].decode().expect("readable").1
    }

    /// OSK-39, HKD-39: the picture that operators download and copy gives the address back.
    #[test]
    fn png_reads_back_at_every_scale() {
        let code = Code::new(URL).expect("short enough");
        for scale in [2, 3, 8, 16] {
            assert_eq!(read_back(&code.png(scale)), URL);
        }
    }

    #[test]
    fn png_has_whole_modules_and_a_quiet_zone() {
        let code = Code::new(URL).expect("short enough");
        let picture = image::load_from_memory(&code.png(5)).expect("a PNG").to_luma8();
        assert_eq!(picture.dimensions(), (code.side() * 5, code.side() * 5));
        for (x, y, pixel) in picture.enumerate_pixels() {
            assert_eq!(pixel.0[0] == 0, code.is_dark(x / 5, y / 5));
            let (x, y) = (x / 5, y / 5);
            let border = QUIET_ZONE..code.side() - QUIET_ZONE;
            if !border.contains(&x) || !border.contains(&y) {
                assert_eq!(pixel.0[0], 255, "the quiet zone is light");
            }
        }
    }

    /// Fills the outline by even and odd, and compares it with the modules.
    #[test]
    fn svg_outline_covers_exactly_the_dark_modules() {
        for url in [URL, "A", "https://example.test/v/lower-case", &"8".repeat(900)] {
            let code = Code::new(url).expect("short enough");
            let svg = code.svg("t");
            let path = svg.rsplit("d=\"").next().expect("a path").split('"').next();
            let walls = walls(path.expect("a path"), code.side() as usize);
            for y in 0..code.side() {
                let mut inside = false;
                for x in 0..code.side() {
                    inside ^= walls[(y * (code.side() + 1) + x) as usize];
                    assert_eq!(inside, code.is_dark(x, y), "{x} {y} of {url}");
                }
            }
        }
    }

    /// The upright lines of a path, by row and column.
    fn walls(path: &str, side: usize) -> Vec<bool> {
        let mut walls = vec![false; (side + 1) * (side + 1)];
        for ring in path.split('M').skip(1) {
            let ring = ring.trim_end_matches('z');
            let end = ring.find(['h', 'v']).expect("a line");
            let (start, mut rest) = ring.split_at(end);
            let start: Vec<i32> = start.split(' ').map(|n| n.parse().expect("a number")).collect();
            let (home, mut x, mut y) = ((start[0], start[1]), start[0], start[1]);
            while !rest.is_empty() {
                let end = rest[1..].find(['h', 'v']).map_or(rest.len(), |i| i + 1);
                let length: i32 = rest[1..end].parse().expect("a number");
                if rest.starts_with('v') {
                    for row in y.min(y + length)..y.max(y + length) {
                        walls[row as usize * (side + 1) + x as usize] ^= true;
                    }
                    y += length;
                } else {
                    x += length;
                }
                rest = &rest[end..];
            }
            assert_eq!((x, y), home, "the line is closed");
        }
        walls
    }

    #[test]
    fn capitals_make_a_smaller_code() {
        let capitals = Code::new(URL).expect("short enough").side();
        assert_eq!(capitals, 33 + 2 * QUIET_ZONE);
        assert!(Code::new(&URL.to_lowercase()).expect("short enough").side() > capitals);
    }

    #[test]
    fn svg_title_is_text_and_not_markup() {
        let svg = Code::new(URL).expect("short enough").svg("A&B <script>");
        assert!(svg.contains("<title>A&amp;B &lt;script&gt;</title>"));
        assert_eq!(svg.matches("<path").count(), 2);
    }

    #[test]
    fn too_long_is_an_error() {
        let long = "A".repeat(5000);
        assert_eq!(Code::new(&long).err(), Some(PrintError::CodeTooLong { length: 5000 }));
    }
}
