//! Files to send to and fro.

use std::fs;
use std::path::Path;

/// Names and lengths: nothing, a little, a few blocks; spaces, and letters of one, two and three bytes.
pub const SAMPLES: [(&str, u32); 4] = [
    ("empty", 0),
    ("small.txt", 17),
    ("two words.txt", 1_000),
    ("Übersee – Привет 海.bin", 196_609),
];

/// What is large: 50 MB and a little, so that no block is full at the end.
pub const LARGE: u32 = 50_000_003;

/// The modes, as the command line names them, and each one's verb.
pub const MODES: [(&str, &str); 4] = [
    ("active", "PORT"),
    ("passive", "PASV"),
    ("extended-active", "EPRT"),
    ("extended-passive", "EPSV"),
];

/// Bytes in which every position is another, line ends among them.
pub fn content(length: u32) -> Vec<u8> {
    let number = |number: u32| number.wrapping_mul(2_654_435_761).to_be_bytes();
    (0..length.div_ceil(4)).flat_map(number).take(length as usize).collect()
}

/// Writes all samples into a folder.
pub fn write_samples(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (name, length) in SAMPLES {
        fs::write(folder.join(name), content(length)).unwrap();
    }
}

/// Fails unless a file holds exactly this; does not print it.
#[track_caller]
pub fn holds(file: &Path, wanted: &[u8]) {
    let found = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let same = found.iter().zip(wanted).take_while(|(one, other)| one == other).count();
    assert!(
        found == wanted,
        "{}: {} bytes instead of {}, the same up to {same}",
        file.display(),
        found.len(),
        wanted.len()
    );
}

/// Whether these bytes hold that text.
pub fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
