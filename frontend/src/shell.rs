//! The outside of the page: whoever answers about a log, the address bar, storage, what was clicked early.

mod address;
mod answerer;
mod browser;

pub use address::{read_address, write_address};
pub use answerer::{Answerer, fetch_recording};
pub use browser::{
    Wish, after, apply_theme, calm, early_wish, keep_preferences, preferences, scroll_into_view, watch_size,
};
