//! The page's files, as `build.rs` put them into the program.

/// A file of the page.
#[derive(Debug)]
pub(super) struct Asset {
    /// Its path in an address, beginning with `/`.
    pub(super) path: &'static str,
    /// Tells its content from any other.
    pub(super) tag: &'static str,
    /// Its bytes.
    pub(super) plain: &'static [u8],
    /// The same compressed with brotli, where that is smaller.
    pub(super) brotli: Option<&'static [u8]>,
}

/// All of them, in the order of their paths.
const PAGE: &[Asset] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What a program that was built without its page serves.
const NO_PAGE: &[Asset] = &[Asset {
    path: "/index.html",
    tag: "no-page",
    plain: include_bytes!("no-page.html"),
    brotli: None,
}];

/// The file at a path; `/` is the page itself.
pub(super) fn find(path: &str) -> Option<&'static Asset> {
    let path = if path == "/" { "/index.html" } else { path };
    let page = if PAGE.is_empty() { NO_PAGE } else { PAGE };
    page.iter().find(|asset| asset.path == path)
}

impl Asset {
    /// What it is. A browser is told not to guess, and compiles WebAssembly while it arrives only under its own type.
    pub(super) fn content_type(&self) -> &'static str {
        let extension = self.path.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            "html" => "text/html; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "js" | "mjs" => "text/javascript; charset=utf-8",
            "wasm" => "application/wasm",
            "json" | "map" => "application/json",
            "jsonl" => "application/jsonl; charset=utf-8",
            "txt" | "md" => "text/plain; charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "ico" => "image/x-icon",
            "woff2" => "font/woff2",
            "webmanifest" => "application/manifest+json",
            _ => "application/octet-stream",
        }
    }
}
