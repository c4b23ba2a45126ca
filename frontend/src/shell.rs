//! The outside of the page: whoever answers about a log, the address bar, storage, what was clicked early.

mod address;
mod answerer;
mod browser;
mod hand;
mod reader;

pub use address::{read_address, write_address};
pub use answerer::{Answerer, fetch_recording};
pub use browser::{
    Wish as EarlyWish, after, apply_theme, calm, early_wish, keep_preferences, preferences, scroll_into_view,
    watch_size,
};
pub use reader::{Reader, Wish, fetch, fill_path, is_live_address, keep};
