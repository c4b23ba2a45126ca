//! The page.

fn main() {
    let _page = web_sys::window().and_then(|window| window.document());
}
